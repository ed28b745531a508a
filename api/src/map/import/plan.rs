//! Decides for each row what becomes of it.

use std::collections::HashSet;

use anyhow::Context;
use entity::feature::Status;
use geodata::import::quality::{Assessment, ReviewReason};
use geodata::import::{SourceRow, normalised_name};
use geodata::parallel;

use super::fingerprint::fingerprint;
use super::known::{KnownPlace, KnownPlaces, RegionScope};
use super::report::{Note, Outcome, RowReport};
use super::{ImportRequest, merge};
use crate::map::edit::{FeatureDraft, FeatureEdit, Origin};

/// What will be written, and what to say of each row.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) edits: Vec<FeatureEdit>,
    pub(super) reports: Vec<RowReport>,
}

pub(super) fn make(
    rows: &[SourceRow],
    assessments: &[Assessment],
    places: &KnownPlaces,
    scope: &RegionScope,
    request: &ImportRequest,
) -> anyhow::Result<Plan> {
    let mut planner = Planner { places, scope, request, taken: HashSet::new() };
    let mut plan = Plan::default();
    let read = |(row, assessment)| planner.read(row, assessment);
    let read = parallel::map(rows.iter().zip(assessments).collect(), read);
    for ((row, assessment), read) in rows.iter().zip(assessments).zip(read) {
        let (outcome, notes, edit) = planner.decide(row, assessment, read?)?;
        plan.edits.extend(edit);
        plan.reports.push(RowReport {
            number: row.number,
            name: row.name.clone().unwrap_or_default(),
            outcome,
            notes,
        });
    }
    Ok(plan)
}

struct Planner<'p> {
    places: &'p KnownPlaces,
    scope: &'p RegionScope,
    request: &'p ImportRequest,
    /// Places that a row of this file is about already.
    taken: HashSet<i32>,
}

type Decision = (Outcome, Vec<Note>, Option<FeatureEdit>);

/// What a row says, whatever the rows before it say.
struct Read {
    fingerprint: String,
    reasons: Vec<Note>,
    /// The place that it becomes if it is about none that is known.
    draft: Box<FeatureDraft>,
}

impl Planner<'_> {
    fn read(&self, row: &SourceRow, assessment: &Assessment) -> anyhow::Result<Read> {
        let reasons: Vec<Note> = assessment.reasons.iter().map(Note::of_reason).collect();
        let draft = Box::new(merge::new_draft(row, &reasons, self.scope, self.request));
        Ok(Read { fingerprint: fingerprint(row)?, reasons, draft })
    }

    fn decide(
        &mut self,
        row: &SourceRow,
        assessment: &Assessment,
        Read { fingerprint, reasons, draft }: Read,
    ) -> anyhow::Result<Decision> {
        let mut faults: Vec<Note> = row.faults.iter().map(Note::of_fault).collect();
        if row.name.is_none() {
            faults.push(Note {
                code: "no_name".into(), message: "没有名称，请补上地点的名称".into()
            });
        }
        if row.is_bad() || row.name.is_none() {
            return Ok((Outcome::Unreadable, faults, None));
        }
        let origin = Origin { source: self.request.source.clone(), key: row.key.clone(), hash: fingerprint };
        if let Some(record) = self.places.record(&origin.key) {
            self.taken.insert(record.feature_id);
            return Ok(self.again(row, &reasons, record.feature_id, record.hash == origin.hash, origin));
        }
        if let Some(decision) = self.about_known_place(row, assessment, &reasons, &origin)? {
            return Ok(decision);
        }
        let outcome = outcome_of(draft.status);
        Ok((outcome, reasons, Some(FeatureEdit::Add(draft, Some(origin)))))
    }

    /// A record that was taken in before.
    fn again(
        &self,
        row: &SourceRow,
        reasons: &[Note],
        feature_id: i32,
        same: bool,
        origin: Origin,
    ) -> Decision {
        let Some(place) = self.places.place(feature_id).filter(|_| !same) else {
            return (Outcome::Unchanged, Vec::new(), None);
        };
        let draft = if place.row.source == self.request.source {
            merge::next_edition(place, row, reasons, self.scope, self.request)
        } else {
            merge::completed(place, row)
        };
        (
            Outcome::Updated,
            reasons.to_vec(),
            Some(FeatureEdit::Replace(feature_id, Box::new(draft), Some(origin))),
        )
    }

    /// A new record about a place of the same name: either side may know where it is.
    fn about_known_place(
        &mut self,
        row: &SourceRow,
        assessment: &Assessment,
        reasons: &[Note],
        origin: &Origin,
    ) -> anyhow::Result<Option<Decision>> {
        let Some(id) = assessment.matched else {
            return Ok(None);
        };
        let id = i32::try_from(id).context("a feature id is too large")?;
        let Some(place) = self.places.place(id) else {
            return Ok(None);
        };
        if self.taken.contains(&id) || !fits(row, place, assessment) {
            return Ok(None);
        }
        self.taken.insert(id);
        let draft = match row.geometry {
            Some(_) => merge::placed(place, row, reasons),
            None => merge::completed(place, row),
        };
        let edit = FeatureEdit::Replace(id, Box::new(draft), Some(origin.clone()));
        Ok(Some((Outcome::Matched, vec![Note::matched(id, place)], Some(edit))))
    }
}

/// A row without a position belongs to the place of its name; a row with one belongs to a place that
/// still waits for it. Two positions are for an officer to compare. A city has many parks of one name,
/// so addresses must not speak against it; where nobody knows a position they must speak for it.
fn fits(row: &SourceRow, place: &KnownPlace, assessment: &Assessment) -> bool {
    let same_address = row.address.as_deref().zip(place.row.address.as_deref()).map(|(one, other)| {
        let (one, other) = (normalised_name(one), normalised_name(other));
        one.contains(&other) || other.contains(&one)
    });
    match (&row.geometry, &place.geometry) {
        (None, Some(_)) => assessment.reasons == [ReviewReason::NoPosition] && same_address != Some(false),
        (Some(_), None) => same_address != Some(false),
        (None, None) => same_address == Some(true),
        (Some(_), Some(_)) => false,
    }
}

fn outcome_of(status: Status) -> Outcome {
    if status == Status::Published { Outcome::Published } else { Outcome::NeedsReview }
}
