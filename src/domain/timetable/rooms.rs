//! Rooms as people write them, beside the rooms in which there are kiosks.

use super::super::session::Venue;

/// How a written room stands to the rooms that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// The known room, whose spelling is taken.
    Known(Venue),
    /// Perhaps the known room: one letter off, or its name with something around it.
    Near(Venue),
    Other,
}

/// How many lectures of a file are in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCount {
    pub venue: Venue,
    pub lectures: usize,
}

impl Venue {
    /// The name without what everybody writes differently: capitals, blanks and signs. A sign between two digits
    /// counts: room 1.2 is not room 12.
    #[must_use]
    pub fn folded(&self) -> String {
        let mut folded = String::new();
        let mut sign_due = false;
        for c in self.as_str().chars().flat_map(char::to_lowercase) {
            if !c.is_alphanumeric() {
                sign_due = true;
                continue;
            }
            let between_digits = is_number(c) && folded.chars().last().is_some_and(is_number);
            if std::mem::take(&mut sign_due) && between_digits {
                folded.push('.');
            }
            folded.push(c);
        }
        folded
    }
}

/// The room among the known ones that a file means.
#[must_use]
pub fn room_among(written: &Venue, known: &[Venue]) -> Room {
    let folded = written.folded();
    let same = known.iter().find(|venue| venue.folded() == folded);
    if let Some(venue) = same {
        return Room::Known(venue.clone());
    }
    let is_near = |venue: &&Venue| {
        let known = venue.folded();
        // A room that is called A is not near to B.
        known.chars().count() > 2
            && (is_one_letter_off(&folded, &known) || contains(&folded, &known))
    };
    known
        .iter()
        .find(is_near)
        .map_or(Room::Other, |venue| Room::Near(venue.clone()))
}

fn is_number(c: char) -> bool {
    c.is_numeric()
}

/// Whether one letter is missing, too many, another one or changed places. With another number it is another room.
fn is_one_letter_off(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (mut one, mut other) = (&one[..], &other[..]);
    while let ([a, rest_of_one @ ..], [b, rest_of_other @ ..]) = (one, other)
        && a == b
    {
        (one, other) = (rest_of_one, rest_of_other);
    }
    while let ([rest_of_one @ .., a], [rest_of_other @ .., b]) = (one, other)
        && a == b
    {
        (one, other) = (rest_of_one, rest_of_other);
    }
    match (one, other) {
        ([letter], []) | ([], [letter]) => letter.is_alphabetic(),
        ([a], [b]) => !(is_number(*a) && is_number(*b)),
        ([a, b], [c, d]) => (a, b) == (d, c) && !(is_number(*a) && is_number(*b)),
        _ => false,
    }
}

/// Whether a name has another in it: LR1 is in "LR1 annex", and not in LR12.
fn contains(long: &str, short: &str) -> bool {
    long.match_indices(short).any(|(at, _)| {
        let goes_on = |inside: Option<char>, outside: Option<char>| {
            inside.is_some_and(is_number) && outside.is_some_and(is_number)
        };
        let before = long.get(..at).and_then(|text| text.chars().last());
        let after = long.get(at + short.len()..);
        let after = after.and_then(|text| text.chars().next());
        !goes_on(short.chars().next(), before) && !goes_on(short.chars().last(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn venue(text: &str) -> Venue {
        Venue::parse(text).unwrap()
    }

    #[test]
    fn a_room_that_differs_in_case_blanks_and_signs_is_the_known_one() {
        let known = [venue("LR1")];
        for written in ["LR1", "lr 1", "LR-1", " Lr. 1 "] {
            let same = Room::Known(venue("LR1"));
            assert_eq!(room_among(&venue(written), &known), same, "{written}");
        }
        let decimal = [venue("Lab 1.2")];
        assert_eq!(room_among(&venue("Lab 12"), &decimal), Room::Other);
        let same = Room::Known(venue("Lab 1.2"));
        assert_eq!(room_among(&venue("LAB 1-2"), &decimal), same);
    }

    #[test]
    fn a_room_one_letter_off_or_with_something_around_it_is_near_and_another_number_is_not() {
        for (written, known, is_near) in [
            ("LRl", "LR1", true),
            ("LRR1", "LR1", true),
            ("RL1", "LR1", true),
            ("L1", "LR1", true),
            ("LR1 (annex)", "LR1", true),
            ("Main building LR 1", "LR1", true),
            ("LR2", "LR1", false),
            ("LR11", "LR1", false),
            ("LR", "LR1", false),
            ("Hall 21", "Hall 12", false),
            ("Hall 12", "Hall 1", false),
            ("Hall 2", "Hall 1", false),
            ("Hull 1", "Hall 1", true),
            ("B", "A", false),
            ("", "LR1", false),
        ] {
            let found = room_among(&venue(written), &[venue(known)]);
            let near = Room::Near(venue(known));
            assert_eq!(
                found == near,
                is_near,
                "{written} beside {known}: {found:?}"
            );
        }
    }
}
