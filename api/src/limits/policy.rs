//! Which budget an operation counts against, and how large the budgets are.

use std::time::Duration;

use actix_web::http::Method;

/// What operations are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    /// Logging in, by whatever means.
    LogIn,
    /// Asking WeChat for a phone number, which may cost the office money.
    Phone,
    /// Making a copy of everything that is known about a person.
    Export,
    /// What WeChat tells by itself: after a lecture is announced, hundreds of events within seconds from
    /// few addresses. One that is refused three times is lost; forged ones fail at their signature.
    Push,
    /// Beginning to pair a screen, and typing in its code.
    Pair,
    /// Typing in the code that stands on the slip of a hut.
    Claim,
    /// Looking for people by the last digits of a phone number.
    FindPeople,
    /// Any other change.
    Write,
    /// Any other reading.
    Read,
}

impl Budget {
    /// What the audit log calls what was refused.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
            Self::Phone => "phone",
            Self::Export => "export",
            Self::Push => "push",
            Self::Pair => "pair",
            Self::Claim => "claim",
            Self::FindPeople => "find_people",
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

/// How much may be asked: `burst` at once, then one per `one_per`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) burst: u32,
    pub(super) one_per: Duration,
}

const fn allow(burst: u32, one_per: Duration) -> Allowance {
    Allowance { burst, one_per }
}

/// Each budget: for one address, for one account. An address may be a whole village behind one mobile
/// operator, or everybody at a lecture on one wireless network.
pub(super) const BUDGETS: &[(Budget, Allowance, Allowance)] = &[
    (Budget::LogIn, allow(120, Duration::from_millis(500)), allow(30, Duration::from_secs(10))),
    (Budget::Phone, allow(60, Duration::from_secs(10)), allow(5, Duration::from_hours(1))),
    (Budget::Export, allow(60, Duration::from_mins(1)), allow(3, Duration::from_hours(8))),
    (Budget::Push, allow(10_000, Duration::from_millis(2)), allow(1, Duration::from_secs(1))),
    // Everybody's codes are six digits: at this pace nobody meets one by guessing while it lives.
    (Budget::Pair, allow(30, Duration::from_secs(20)), allow(10, Duration::from_secs(30))),
    // Of 887 million codes some dozens are good at a time: at this pace nobody meets one in a lifetime.
    (Budget::Claim, allow(60, Duration::from_secs(5)), allow(10, Duration::from_mins(1))),
    // A keeper measures one person after the other; going through all 10,000 endings takes days, and each of those
    // found can see it.
    (Budget::FindPeople, allow(60, Duration::from_secs(5)), allow(20, Duration::from_secs(20))),
    (Budget::Write, allow(300, Duration::from_millis(50)), allow(60, Duration::from_secs(1))),
    (Budget::Read, allow(600, Duration::from_millis(10)), allow(240, Duration::from_millis(100))),
];

/// The budget of an operation, by its documented path.
pub(super) fn budget(method: &Method, pattern: &str) -> Budget {
    match (method.is_safe(), pattern) {
        (false, "/api/v1/me/phone") => Budget::Phone,
        (false, "/api/v1/me/exports") => Budget::Export,
        (false, "/wechat/push") => Budget::Push,
        (false, "/api/v1/screens/pairings" | "/api/v1/screens/{id}/pair") => Budget::Pair,
        (false, "/api/v1/readings/claim") => Budget::Claim,
        (false, "/api/v1/huts/{id}/find-people") => Budget::FindPeople,
        (false, pattern) if pattern.starts_with("/api/v1/auth/") => Budget::LogIn,
        (true, _) => Budget::Read,
        (false, _) => Budget::Write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_counts_against_its_own_budget() {
        for (method, pattern, expected) in [
            (Method::POST, "/api/v1/auth/staff", Budget::LogIn),
            (Method::POST, "/api/v1/me/phone", Budget::Phone),
            (Method::POST, "/api/v1/me/exports", Budget::Export),
            (Method::GET, "/api/v1/me/exports/{id}", Budget::Read),
            (Method::POST, "/wechat/push", Budget::Push),
            (Method::POST, "/api/v1/screens/pairings", Budget::Pair),
            (Method::POST, "/api/v1/screens/{id}/pair", Budget::Pair),
            (Method::POST, "/api/v1/screens/pair", Budget::Write),
            (Method::POST, "/api/v1/readings/claim", Budget::Claim),
            (Method::POST, "/api/v1/huts/{id}/find-people", Budget::FindPeople),
            (Method::GET, "/wechat/push", Budget::Read),
            (Method::DELETE, "/api/v1/me", Budget::Write),
        ] {
            assert_eq!(budget(&method, pattern), expected, "{method} {pattern}");
        }
    }

    #[test]
    fn every_budget_is_kept() {
        for budget in [
            Budget::LogIn,
            Budget::Phone,
            Budget::Export,
            Budget::Push,
            Budget::Pair,
            Budget::Claim,
            Budget::FindPeople,
            Budget::Write,
            Budget::Read,
        ] {
            assert_eq!(BUDGETS.iter().filter(|(kept, ..)| *kept == budget).count(), 1, "{budget:?}");
        }
    }
}
