//! Which number of a list somebody may have meant who typed another.
//!
//! ```text
//! ADM-2023-011  ADM 2023 011  ADM2023011   other signs between the parts, or none
//! ADM/2O23/0ll                             characters that look alike
//! ADM/2023/11   AMD/2023/011               one character more, less or other; two neighbours in the wrong order
//! ```

use super::admission_number::AdmissionNumber;

/// The characters that must agree for one slip to be near: short numbers are all alike.
const AGREE: usize = 4;

/// How a typed number resembles one of the list, the closest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Signs and characters that look alike make the whole difference.
    LooksAlike,
    /// One slip of the hand, besides.
    OneSlip,
}

/// The one number of a list that a typed number resembles most; `None` where none does, or several do alike.
pub fn near_number(
    typed: &AdmissionNumber,
    list: impl IntoIterator<Item = AdmissionNumber>,
) -> Option<AdmissionNumber> {
    let typed = skeleton(typed);
    let mut near: Vec<_> = list
        .into_iter()
        .filter_map(|listed| Some((likeness(&typed, &skeleton(&listed))?, listed)))
        .collect();
    let closest = near.iter().map(|(likeness, _)| *likeness).min()?;
    near.retain(|(likeness, _)| *likeness == closest);
    let (_, only) = near.pop()?;
    near.is_empty().then_some(only)
}

/// The first difference of a number from the one of the list that it resembles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// The letters and digits are the same.
    Signs,
    /// One character was typed for another one.
    Other { typed: char, meant: char },
    /// A character was typed that looks like the one meant, in another alphabet.
    Alphabet { meant: char },
    /// One character was left out.
    Missing { meant: char },
    /// One character was typed too much.
    Extra { typed: char },
    /// Two neighbours are in the wrong order.
    Swapped,
}

/// What the slip is, and where in the listed number: in characters from its start.
pub fn slip(typed: &AdmissionNumber, listed: &AdmissionNumber) -> (Slip, usize) {
    let of = |number: &AdmissionNumber| number.as_str().chars().enumerate().collect::<Vec<_>>();
    let (typed, mut meant) = (of(typed), of(listed));
    let is_letter = |(_, letter): &(usize, char)| letter.is_alphanumeric();
    let typed: Vec<char> = typed.into_iter().filter(is_letter).map(|it| it.1).collect();
    meant.retain(is_letter);
    let (places, meant): (Vec<usize>, Vec<char>) = meant.into_iter().unzip();
    let (ahead, typed, meant) = unlike(&typed, &meant);
    let slip = match (typed, meant) {
        (&[one, other, ..], &[first, second, ..]) if one == second && other == first => {
            Slip::Swapped
        }
        (&[typed, ..], &[meant, ..]) if in_ascii(typed) == [meant] => Slip::Alphabet { meant },
        (&[typed, ..], &[meant, ..]) => Slip::Other { typed, meant },
        (&[typed, ..], []) => Slip::Extra { typed },
        ([], &[meant, ..]) => Slip::Missing { meant },
        ([], []) => Slip::Signs,
    };
    let place = places.get(ahead).or(places.last());
    (slip, place.copied().unwrap_or_default())
}

/// The letters and digits of a number, one character for all that look alike, those of other alphabets among them
/// (Unicode Technical Standard 39).
fn skeleton(number: &AdmissionNumber) -> Vec<char> {
    let letters = number.as_str().chars().flat_map(in_ascii);
    let letters = letters.filter(|it| it.is_alphanumeric());
    let folded = letters.map(|letter| match letter {
        'O' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'B' => '8',
        other => other,
    });
    folded.collect()
}

/// What a character looks like, in capitals; one of ASCII is itself.
fn in_ascii(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c];
    }
    let text = String::from(c);
    let looks = unicode_security::skeleton(&text);
    looks.flat_map(char::to_uppercase).collect()
}

/// How many characters two texts begin with alike, and what is left once both ends are taken away that agree.
fn unlike<'a>(typed: &'a [char], listed: &'a [char]) -> (usize, &'a [char], &'a [char]) {
    let same = |(one, other): &(&char, &char)| one == other;
    let ahead = typed.iter().zip(listed).take_while(same).count();
    let (typed, listed) = (&typed[ahead..], &listed[ahead..]);
    let behind = typed.iter().rev().zip(listed.iter().rev());
    let behind = behind.take_while(same).count();
    (
        ahead,
        &typed[..typed.len() - behind],
        &listed[..listed.len() - behind],
    )
}

fn likeness(typed: &[char], listed: &[char]) -> Option<Likeness> {
    if typed == listed {
        return (!typed.is_empty()).then_some(Likeness::LooksAlike);
    }
    let (_, left, other) = unlike(typed, listed);
    let is_one_slip = match (left, other) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([one, other], [first, second]) => one == second && other == first,
        _ => false,
    };
    (is_one_slip && typed.len() - left.len() >= AGREE).then_some(Likeness::OneSlip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use std::collections::BTreeSet;

    fn number(text: &str) -> AdmissionNumber {
        AdmissionNumber::parse(text).unwrap()
    }

    fn near(typed: &str, list: &[&str]) -> Option<String> {
        let list = list.iter().map(|listed| number(listed));
        near_number(&number(typed), list).map(|it| it.to_string())
    }

    /// The numbers of a class: ADM/2023/001 to 060.
    fn class(typed: &str) -> Option<String> {
        let class: Vec<String> = (1..=60).map(|n| format!("ADM/2023/{n:03}")).collect();
        near(typed, &class.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn spellings_and_look_alikes_of_one_number_of_a_full_class_are_that_number() {
        for typed in [
            "ADM-2023-011",
            "adm 2023 011",
            "ADM2023011",
            "ADM/2O23/011",
            "ADM/2023/0ll",
            "ADM\\2023\\01I",
            "ADM/2023/\u{200d}011",
            "\u{410}D\u{41c}/2023/011",
            "ADM/2023/\u{41e}11",
        ] {
            assert_eq!(class(typed).as_deref(), Some("ADM/2023/011"), "{typed}");
        }
        assert_eq!(near("5B1Z", &["S812"]).as_deref(), Some("S812"));
    }

    #[test]
    fn one_slip_is_near_where_only_one_number_is() {
        for typed in [
            "AMD/2023/011",
            "ADM/2203/011",
            "ADN/2023/011",
            "AD/2023/011",
            "ADMM-2023-011",
        ] {
            assert_eq!(class(typed).as_deref(), Some("ADM/2023/011"), "{typed}");
        }
        for typed in [
            "ADM/2023/061",
            "ADM/2023/0011",
            "ADM/2024/111",
            "ADM/2032/111",
            "///",
        ] {
            assert_eq!(class(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_slip_says_what_was_typed_and_where() {
        let other = |typed, meant| Slip::Other { typed, meant };
        for (typed, slipped, place) in [
            ("ADM-2023-011", Slip::Signs, 11),
            ("ADM-2023-O11", other('O', '0'), 9),
            ("ADM/2O23/0ll", other('O', '0'), 5),
            ("ADN/2023/011", other('N', 'M'), 2),
            ("\u{410}DM/2023/011", Slip::Alphabet { meant: 'A' }, 0),
            ("AMD/2023/011", Slip::Swapped, 1),
            ("AD/2023/011", Slip::Missing { meant: 'M' }, 2),
            ("ADM/2023/0111", Slip::Extra { typed: '1' }, 11),
        ] {
            let found = slip(&number(typed), &number("ADM/2023/011"));
            assert_eq!(found, (slipped, place), "{typed}");
        }
    }

    #[test]
    fn the_closest_kind_decides_and_two_alike_are_none() {
        assert_eq!(near("A-1O", &["A/10", "A/11"]).as_deref(), Some("A/10"));
        assert_eq!(near("A-1-1", &["A/11", "A11"]), None);
        assert_eq!(near("///", &["//"]), None);
    }

    #[test]
    fn short_numbers_are_near_by_their_looks_alone() {
        assert_eq!(near("ADM-1", &["ADM/1"]).as_deref(), Some("ADM/1"));
        assert_eq!(near("ADM/2", &["ADM/1"]), None);
        assert_eq!(near("ADM/12", &["ADM/11"]).as_deref(), Some("ADM/11"));
    }

    /// Every text that one slip makes of another, written out, in order.
    fn slips(of: &str) -> Vec<String> {
        let of: Vec<char> = of.chars().collect();
        let mut all = BTreeSet::new();
        for at in 0..=of.len() {
            let (ahead, behind) = of.split_at(at);
            let mut make = |middle: &[char], rest: &[char]| {
                all.insert([ahead, middle, rest].concat().into_iter().collect())
            };
            for letter in "A01258".chars() {
                make(&[letter], behind);
                if let [_, rest @ ..] = behind {
                    make(&[letter], rest);
                }
            }
            if let [_, rest @ ..] = behind {
                make(&[], rest);
            }
            if let [one, other, rest @ ..] = behind {
                make(&[*other, *one], rest);
            }
        }
        all.into_iter().collect()
    }

    fn plain(text: &str) -> String {
        let text = text.replace(['/', '-', ' '], "");
        let pairs = [
            ("O", "0"),
            ("I", "1"),
            ("L", "1"),
            ("Z", "2"),
            ("S", "5"),
            ("B", "8"),
        ];
        let fold = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
        pairs.iter().fold(text, fold)
    }

    /// How many characters one slip leaves as they are.
    fn agreeing(one: &str, other: &str) -> usize {
        let differ = one
            .chars()
            .zip(other.chars())
            .filter(|(one, other)| one != other);
        match one.len().abs_diff(other.len()) {
            0 => one.len() - differ.count(),
            _ => one.len().min(other.len()),
        }
    }

    /// The rule once more, by brute force.
    fn by_hand(typed: &str, list: &[String]) -> Option<String> {
        let typed = plain(typed);
        let slips = slips(&typed);
        let alike = |it: &str| !it.is_empty() && it == typed;
        let slipped = |it: &str| slips.iter().any(|slip| slip == it) && agreeing(it, &typed) >= 4;
        let fit = |fits: &dyn Fn(&str) -> bool| -> Vec<&String> {
            list.iter().filter(|it| fits(&plain(it))).collect()
        };
        match (&fit(&alike)[..], &fit(&slipped)[..]) {
            ([only], _) | ([], [only]) => Some((*only).clone()),
            _ => None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_rule_agrees_with_all_slips_written_out(
            typed in "[AOIL08/ -]{0,3}[A01O2Z5S8B]{1,5}",
            picks in proptest::collection::vec((any::<Index>(), any::<Option<Index>>(), 0..7_usize), 0..4),
        ) {
            let typed = number(&typed);
            let mut list = BTreeSet::new();
            for (first, second, sign_at) in picks {
                let slips_of = |text: &str, pick: Index| pick.get(&slips(text)).clone();
                let mut listed = slips_of(&plain(typed.as_str()), first);
                if let Some(second) = second {
                    listed = slips_of(&listed, second);
                }
                listed.insert(sign_at.min(listed.len()), '/');
                list.insert(number(&listed).to_string());
            }
            let list: Vec<String> = list.into_iter().collect();
            let found = near_number(&typed, list.iter().map(|it| number(it)));
            prop_assert_eq!(found.map(|it| it.to_string()), by_hand(typed.as_str(), &list));
        }
    }
}
