//! Files that this user has no access to.

use std::io::ErrorKind;
use std::path::Path;

/// Whether a file is in a folder that this user cannot read, such as the home of the person who typed
/// `sudo -u kiosk`: nothing in it is meant for this user.
pub(super) fn is_inaccessible(path: &Path) -> bool {
    let looked = path.symlink_metadata();
    looked.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}
