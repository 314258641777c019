//! Firestore's typed values, made and read.

use serde_json::{Map, Value, json};

use crate::domain::{Channel, Flag, Flags, KioskRecord, Percentage, Timestamp};

/// The fields of a document, or of a map inside one.
pub(super) type Fields = Map<String, Value>;

pub(super) fn text(text: &str) -> Value {
    json!({ "stringValue": text })
}

pub(super) fn moment(at: Timestamp) -> Value {
    json!({ "timestampValue": at.to_string() })
}

/// A 64-bit integer, which JSON carries as text.
pub(super) fn integer(number: u32) -> Value {
    json!({ "integerValue": number.to_string() })
}

pub(super) fn double(number: f64) -> Value {
    json!({ "doubleValue": number })
}

pub(super) fn boolean(is_true: bool) -> Value {
    json!({ "booleanValue": is_true })
}

pub(super) fn list(values: &[Value]) -> Value {
    json!({ "arrayValue": { "values": values } })
}

/// Fields of the given names.
pub(super) fn fields<const N: usize>(named: [(&str, Value); N]) -> Fields {
    let named = named.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}

pub(super) fn map(fields: &Fields) -> Value {
    json!({ "mapValue": { "fields": fields } })
}

/// A text field; empty where there is none.
pub(super) fn text_of<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let value = fields
        .get(name)
        .and_then(|value| value["stringValue"].as_str());
    value.unwrap_or_default()
}

pub(super) fn moment_of(fields: &Fields, name: &str) -> Option<Timestamp> {
    Timestamp::parse(fields.get(name)?["timestampValue"].as_str()?).ok()
}

pub(super) fn integer_of(fields: &Fields, name: &str) -> Option<u32> {
    fields.get(name)?["integerValue"].as_str()?.parse().ok()
}

pub(super) fn list_of<'a>(fields: &'a Fields, name: &str) -> &'a [Value] {
    let values = fields
        .get(name)
        .and_then(|value| value["arrayValue"]["values"].as_array());
    values.map_or(&[], Vec::as_slice)
}

pub(super) fn texts_of(fields: &Fields, name: &str) -> Vec<String> {
    let values = list_of(fields, name).iter();
    values
        .filter_map(|value| value["stringValue"].as_str().map(str::to_owned))
        .collect()
}

/// What a kiosk recorded, as it is kept in a claim, in the timeline, or beside another record in a claim.
/// `None` for what another program wrote.
pub(super) fn record_of(fields: &Fields) -> Option<KioskRecord> {
    let late_minutes = integer_of(fields, "late_minutes").unwrap_or_default();
    // Written by a version that did not report flags.
    let flags =
        Flags::parse(&texts_of(fields, "flags").join(",")).with_if(late_minutes > 0, Flag::Late);
    let percent = fields.get("attendance_percentage").and_then(number);
    Some(KioskRecord {
        attendance_id: text_of(fields, "attendance_id").parse().ok()?,
        kiosk_id: Some(text_of(fields, "kiosk_id"))
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        checked_in_at: moment_of(fields, "timestamp")?,
        channel: Channel::parse(text_of(fields, "channel")).unwrap_or(Channel::Remote),
        punctuality: flags.punctuality(late_minutes),
        percentage: Percentage::from_share(percent.unwrap_or_default()),
        flags,
        voided: fields
            .get("counts")
            .is_some_and(|value| value["booleanValue"] == json!(false)),
    })
    .filter(|record| record.kiosk_id.is_some())
}

/// A percentage that is a whole number comes back as an integer from some writers.
fn number(value: &Value) -> Option<f64> {
    let whole = || value["integerValue"].as_str()?.parse().ok();
    value["doubleValue"].as_f64().or_else(whole)
}

/// A record as it is kept beside the one that counts.
pub(super) fn evidence(record: &KioskRecord) -> Value {
    let flags: Vec<Value> = record
        .flags
        .iter()
        .map(|flag| text(flag.as_str()))
        .collect();
    let kiosk_id = record.kiosk_id.as_deref().unwrap_or_default();
    let percentage = record.percentage.as_f64();
    map(&fields([
        ("attendance_id", text(&record.attendance_id.to_string())),
        ("kiosk_id", text(kiosk_id)),
        ("timestamp", moment(record.checked_in_at)),
        ("channel", text(record.channel.as_str())),
        ("late_minutes", integer(record.punctuality.minutes())),
        ("attendance_percentage", double(percentage)),
        ("flags", list(&flags)),
    ]))
}

/// The records kept beside the one that counts in a claim.
pub(super) fn evidence_of(claim: &Fields) -> Vec<KioskRecord> {
    let kept = list_of(claim, "also").iter();
    kept.filter_map(|value| record_of(value["mapValue"]["fields"].as_object()?))
        .collect()
}
