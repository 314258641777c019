//! Files that this user may not look at.

use std::io::ErrorKind;
use std::path::Path;

/// Whether a file lies in a folder that this user may not look into, such as the home of the person who
/// typed `sudo -u kiosk`: nothing in there is meant for this user.
pub(super) fn is_shut(path: &Path) -> bool {
    let looked = path.symlink_metadata();
    looked.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}
