//! How many connections the operating system lets this process hold.

use rustix::process::{Resource, getrlimit, setrlimit};

use super::limits::Limits;

/// Asked for where the default is lower (systemd's is 1024, with room above it).
const WANTED: u64 = 4096;

/// Kept for the database, the remotes and the terminal: these must not fail because a hall came in.
const KEPT_BACK: u64 = 256;

/// The limits, lowered to what this process can hold.
pub fn fitted(limits: Limits) -> Limits {
    let held = usize::try_from(raised().saturating_sub(KEPT_BACK)).unwrap_or(usize::MAX);
    let connections = limits.connections.min(held);
    Limits {
        connections,
        // One address leaves a quarter to the others.
        connections_per_address: limits
            .connections_per_address
            .min(connections.div_ceil(4) * 3),
        ..limits
    }
}

/// The number of descriptors after asking for more; asking may fail, and then the number stays.
fn raised() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    if limit.current.is_some_and(|current| current < WANTED) {
        limit.current = Some(WANTED.min(most));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files stays as it is");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_limits_fit_and_greed_is_cut_to_size() {
        let usual = fitted(Limits::default());
        assert!(usual.connections >= 256, "{}", usual.connections);
        let greedy = fitted(Limits {
            connections: usize::MAX,
            connections_per_address: usize::MAX,
            ..Limits::default()
        });
        assert!(greedy.connections_per_address < greedy.connections);
    }
}
