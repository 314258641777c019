//! What a change of a lecture does, in a few lines.

use super::{EditText, NumberText, Voice};
use crate::domain::{
    AdmissionNumber, ClashOf, EditEffect, Group, LectureStage, NumberEffect, NumberKept,
    NumberUndone, PersonName, PlaceEffect, PlannedLecture, Punctuality, RecordFate, StudentLine,
    Venue,
};

/// How many are named: a few names tell more than a number.
const NAMED: usize = 2;
/// Two lectures can clash in two things.
const NAMED_CLASHES: usize = 4;

impl Voice {
    /// What a change of a lecture does, a line for each part of it.
    #[must_use]
    pub fn effect(self, effect: &EditEffect) -> Vec<String> {
        let (before, after) = (&effect.before, &effect.after);
        let mut parts = Vec::new();
        if before.starts_at != after.starts_at {
            parts.push(EditText::Begins {
                at: after.starts_at,
                was: before.starts_at,
            });
        }
        if before.ends_at != after.ends_at {
            parts.push(EditText::Ends {
                at: after.ends_at,
                was: before.ends_at,
                minutes: after.ends_at.since(after.starts_at).as_secs() / 60,
            });
        }
        if before.venue != after.venue {
            let room = |venue: &Venue| match venue.as_str() {
                "" => self.say(EditText::NoRoom),
                room => room.to_owned(),
            };
            let [room, was] = [&after.venue, &before.venue].map(room);
            parts.push(EditText::Room { room, was });
        }
        match (before.state, after.state) {
            (LectureStage::Open, LectureStage::Closed) => parts.push(EditText::Closes),
            (LectureStage::Closed, LectureStage::Open) => parts.push(EditText::OpensAgain),
            _ => {}
        }
        self.unit_effect(effect, &mut parts);
        self.audience_effect(effect, &mut parts);
        let (late, on_time) = effect.turned();
        if !effect.judged.is_empty() {
            parts.push(EditText::Judged {
                late,
                on_time,
                otherwise: effect.judged.len() - late - on_time,
            });
            for judged in effect.judged.iter().take(NAMED) {
                let who = who(&judged.number, judged.name.as_ref());
                parts.push(match judged.after {
                    Punctuality::OnTime => EditText::NowOnTime { who, at: judged.at },
                    Punctuality::Late(minutes) => EditText::NowLate {
                        who,
                        at: judged.at,
                        minutes: minutes.get(),
                    },
                });
            }
            let n = effect.judged.len().saturating_sub(NAMED);
            parts.extend((n > 0).then_some(EditText::More { n }));
        }
        if effect.after_end > 0 {
            parts.push(EditText::AfterEnd {
                n: effect.after_end,
            });
        }
        if effect.by_hand > 0 {
            parts.push(EditText::ByHand { n: effect.by_hand });
        }
        if effect.records > 0 && before.unit == after.unit && before.starts_at != after.starts_at {
            parts.push(EditText::SentAgain);
        }
        parts.extend(clash_parts(&effect.clashes));
        if effect.other_kiosks && effect.changes() {
            parts.push(EditText::OtherKiosks);
        }
        if parts.is_empty() {
            parts.push(EditText::Nothing);
        }
        parts.into_iter().map(|part| self.say(part)).collect()
    }

    /// The lectures with which one clashes, a line for each.
    #[must_use]
    pub fn clashes(self, clashes: &[(PlannedLecture, ClashOf)]) -> Vec<String> {
        let parts = clash_parts(clashes).into_iter();
        parts.map(|part| self.say(part)).collect()
    }

    /// What becomes of a number, a line for each part of it.
    #[must_use]
    pub fn number_effect(self, effect: &NumberEffect) -> Vec<String> {
        let number = effect.student.admission_number.to_string();
        let right = effect.right.as_ref();
        let who = right.map_or_else(|| number.clone(), named);
        let mut parts = Vec::new();
        let with = |fate| {
            let records = effect.records.iter().filter(move |it| it.fate == fate);
            records.map(|record| record.at).collect::<Vec<_>>()
        };
        let when = |times: &[crate::domain::Timestamp]| {
            let first = times.iter().take(NAMED);
            let first = first.map(|at| format!("{} {}", self.date(*at), self.time(*at)));
            let n = times.len().saturating_sub(NAMED);
            let more = (n > 0).then(|| self.say(NumberText::AndMore { n }));
            first.chain(more).collect::<Vec<_>>().join(", ")
        };
        let counts = with(RecordFate::Counts);
        parts.extend((!counts.is_empty()).then(|| NumberText::Counts {
            n: counts.len(),
            who: who.clone(),
            when: when(&counts),
        }));
        let n = with(RecordFate::Beside).len();
        parts.extend((n > 0).then(|| NumberText::Beside {
            n,
            who: who.clone(),
        }));
        let removed = with(RecordFate::Removed);
        parts.extend((!removed.is_empty()).then(|| NumberText::NoLonger {
            n: removed.len(),
            when: when(&removed),
        }));
        for place in &effect.units {
            parts.extend(figures(place));
            parts.extend(place.enrols.then(|| NumberText::Enrols {
                unit: place.unit.to_string(),
                who: who.clone(),
            }));
        }
        let n = effect.excuses;
        parts.extend((n > 0).then_some(match right {
            Some(_) => NumberText::Excuses { n },
            None => NumberText::ExcusesEnd { n },
        }));
        parts.push(match right {
            Some(right) => NumberText::IsNow {
                number,
                right: named(right),
            },
            None => NumberText::OnNoList { number },
        });
        let numbers: Vec<String> = effect.earlier.iter().map(ToString::to_string).collect();
        parts.extend((!numbers.is_empty()).then(|| NumberText::Earlier {
            numbers: numbers.join(", "),
        }));
        let n = effect.at_portal;
        parts.extend((n > 0).then_some(NumberText::AtPortal { n }));
        parts.extend((!effect.kiosks.is_empty()).then(|| NumberText::Elsewhere {
            kiosks: effect.kiosks.join(", "),
        }));
        parts.into_iter().map(|part| self.say(part)).collect()
    }

    /// What came of taking a change of a number back.
    #[must_use]
    pub fn number_undone(self, undone: &NumberUndone) -> Vec<String> {
        let text = |number: &AdmissionNumber| number.to_string();
        let own = NumberText::IsOwn {
            number: named(&undone.student),
        };
        let kept = undone.kept.iter().map(|kept| match kept {
            NumberKept::Details { number } => NumberText::KeptDetails {
                number: text(number),
            },
            NumberKept::Enrolment { number, unit } => NumberText::KeptEnrolment {
                number: text(number),
                unit: unit.to_string(),
            },
            NumberKept::Record { number, starts_at } => NumberText::KeptRecord {
                number: text(number),
                at: *starts_at,
            },
            NumberKept::Excuse { number } => NumberText::KeptExcuse {
                number: text(number),
            },
        });
        let parts = std::iter::once(own).chain(kept);
        parts.map(|part| self.say(part)).collect()
    }

    /// Those who are not on the list of a unit.
    fn apart(self, unlisted: &[(AdmissionNumber, Option<PersonName>)], parts: &mut Vec<EditText>) {
        let names = unlisted.iter().take(NAMED);
        let mut names: Vec<String> = names
            .map(|(number, name)| who(number, name.as_ref()))
            .collect();
        let more = unlisted.len() - names.len();
        names.extend((more > 0).then(|| self.say(EditText::More { n: more })));
        if !unlisted.is_empty() {
            parts.push(EditText::Unlisted {
                n: unlisted.len(),
                who: names.join(", "),
            });
        }
    }

    /// For whom it is, and what the timetable loses.
    fn audience_effect(self, effect: &EditEffect, parts: &mut Vec<EditText>) {
        let (before, after) = (&effect.before, &effect.after);
        if before.group != after.group {
            let who = |group: &Option<Group>| {
                self.say(group.as_ref().map_or(EditText::Everybody, |group| {
                    let group = group.to_string();
                    EditText::Group { group }
                }))
            };
            let [who, was] = [&after.group, &before.group].map(who);
            parts.push(EditText::For { who, was });
        }
        if before.voluntary != after.voluntary {
            parts.push(if after.voluntary {
                EditText::Voluntary
            } else {
                EditText::Expected
            });
        }
        parts.extend(effect.leaves.map(|at| EditText::Leaves {
            unit: before.unit.to_string(),
            at,
        }));
    }

    /// What another unit means for the records.
    fn unit_effect(self, effect: &EditEffect, parts: &mut Vec<EditText>) {
        let unit = effect.after.unit.to_string();
        if effect.before.unit == effect.after.unit {
            return;
        }
        parts.push(EditText::Goes {
            n: effect.records,
            unit: unit.clone(),
            was: effect.before.unit.to_string(),
        });
        if effect.records == 0 {
            return;
        }
        match &effect.unlisted {
            None => parts.push(EditText::WithoutList { unit }),
            Some(unlisted) => {
                parts.push(EditText::Listed {
                    n: usize::try_from(effect.records).unwrap_or(usize::MAX) - unlisted.len(),
                    unit,
                });
                self.apart(unlisted, parts);
            }
        }
        parts.push(EditText::AtPortal);
    }
}

fn clash_parts(clashes: &[(PlannedLecture, ClashOf)]) -> Vec<EditText> {
    let named = clashes.iter().take(NAMED_CLASHES);
    let named = named.map(|(with, of)| EditText::Clash {
        unit: with.unit.to_string(),
        from: with.starts_at,
        until: with.ends_at,
        of: *of,
    });
    let n = clashes.len().saturating_sub(NAMED_CLASHES);
    let more = (n > 0).then_some(EditText::More { n });
    named.chain(more).collect()
}

/// A student's figures in a unit, where they change.
fn figures(place: &PlaceEffect) -> Option<NumberText> {
    let unit = place.unit.to_string();
    match (place.before, place.after) {
        (before, after) if before == after => None,
        (Some(before), Some(after)) => Some(NumberText::Figures {
            unit,
            before,
            after,
        }),
        (None, Some(after)) => Some(NumberText::NewFigures { unit, after }),
        (Some(before @ (_, 1..)), None) => Some(NumberText::NoFigures { unit, before }),
        (_, None) => None,
    }
}

/// A student's number and name.
fn named(student: &StudentLine) -> String {
    match &student.name {
        Some(name) => format!("{} {name}", student.admission_number),
        None => student.admission_number.to_string(),
    }
}

/// A student's name, or the number where there is none.
fn who(number: &AdmissionNumber, name: Option<&PersonName>) -> String {
    name.map_or_else(|| number.to_string(), |name| name.as_str().to_owned())
}
