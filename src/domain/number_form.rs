//! The form that the admission numbers of a school have in common.

use super::admission_number::AdmissionNumber;

/// The fewest numbers that show a form.
const ENOUGH: usize = 20;

/// Characters of one kind that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Letters(String),
    Digits(String),
    Sign(char),
}

/// A pattern of `check_in.admission_number_pattern` that all of these numbers fit; `None` where they are too few, or
/// do not have one form. Letters are as they are where all numbers have the same; digits are any, as years go by.
pub fn form_of<'a>(numbers: impl IntoIterator<Item = &'a AdmissionNumber>) -> Option<String> {
    let numbers: Vec<Vec<Part>> = numbers.into_iter().map(parts_of).collect::<Option<_>>()?;
    let (first, rest) = numbers.split_first()?;
    if numbers.len() < ENOUGH || rest.iter().any(|number| number.len() != first.len()) {
        return None;
    }
    (0..first.len())
        .map(|place| pattern_of(numbers.iter().map(|number| &number[place])))
        .collect()
}

/// `None` where a letter is not one of A to Z, or a digit not one of 0 to 9.
fn parts_of(number: &AdmissionNumber) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for one in number.as_str().chars() {
        match (parts.last_mut(), one) {
            (Some(Part::Letters(text)), 'A'..='Z') | (Some(Part::Digits(text)), '0'..='9') => {
                text.push(one);
            }
            (_, 'A'..='Z') => parts.push(Part::Letters(one.into())),
            (_, '0'..='9') => parts.push(Part::Digits(one.into())),
            (_, other) if other.is_alphanumeric() => return None,
            (_, sign) => parts.push(Part::Sign(sign)),
        }
    }
    Some(parts)
}

/// The pattern of one part of all numbers; `None` where it is not of one kind.
fn pattern_of<'a>(mut parts: impl Iterator<Item = &'a Part>) -> Option<String> {
    let first = parts.next()?;
    let (mut is_same, mut least, mut most) = (true, length(first), length(first));
    for part in parts {
        if std::mem::discriminant(part) != std::mem::discriminant(first) {
            return None;
        }
        is_same &= part == first;
        (least, most) = (least.min(length(part)), most.max(length(part)));
    }
    let times = if least == most {
        format!("{{{least}}}")
    } else {
        format!("{{{least},{most}}}")
    };
    match first {
        Part::Letters(text) if is_same => Some(text.clone()),
        Part::Letters(_) => Some(format!("[A-Z]{times}")),
        Part::Digits(_) => Some(format!("[0-9]{times}")),
        Part::Sign(sign) => is_same.then(|| regex::escape(&sign.to_string())),
    }
}

fn length(part: &Part) -> usize {
    match part {
        Part::Letters(text) | Part::Digits(text) => text.len(),
        Part::Sign(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NumberPattern;
    use proptest::prelude::*;

    fn form(number: impl Fn(usize) -> String) -> Option<String> {
        let numbers: Vec<_> = (1..=ENOUGH)
            .map(|at| AdmissionNumber::parse(&number(at)).unwrap())
            .collect();
        form_of(&numbers)
    }

    #[test]
    fn numbers_of_one_form_have_a_pattern() {
        let class = form(|at| format!("ADM/2026/{at:03}"));
        assert_eq!(class.as_deref(), Some("ADM/[0-9]{4}/[0-9]{3}"));
        let several = form(|at| format!("{}-{at}.{}", ["SCT", "EN"][at % 2], 2020 + at % 3));
        assert_eq!(
            several.as_deref(),
            Some(r"[A-Z]{2,3}\-[0-9]{1,2}\.[0-9]{4}")
        );
        assert_eq!(form(|at| at.to_string()).as_deref(), Some("[0-9]{1,2}"));
    }

    #[test]
    fn few_numbers_and_several_forms_have_none() {
        let few: Vec<_> = (1..ENOUGH)
            .map(|at| AdmissionNumber::parse(&format!("A{at}")).unwrap())
            .collect();
        assert_eq!(form_of(&few), None);
        assert_eq!(form_of(&[]), None);
        for other in ["ADM-2026-001", "ADM/2026", "2026/ADM/001", "ÄDM/2026/001"] {
            let mixed = form(|at| match at {
                7 => other.to_owned(),
                _ => format!("ADM/2026/{at:03}"),
            });
            assert_eq!(mixed, None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_number_fits_its_form(
            numbers in proptest::collection::vec("[A-C]{1,2}[/. -][0-9]{1,3}([+*][0-9])?", ENOUGH..40)
        ) {
            let numbers: Vec<_> = numbers.iter().map(|it| AdmissionNumber::parse(it).unwrap()).collect();
            if let Some(form) = form_of(&numbers) {
                let pattern = NumberPattern::parse(&form).unwrap();
                for number in &numbers {
                    prop_assert_eq!(&pattern.read(number.as_str()).unwrap(), number);
                }
            }
        }
    }
}
