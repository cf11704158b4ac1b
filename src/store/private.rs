//! Files that only their owner may read: events can hold anything.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes what is opened with these options private where it is made.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Opens a file to write to, and makes it and the folders that lead to it.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    private(options.write(true).create(true).truncate(false));
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_folders(path.parent().unwrap_or(Path::new("/")))?;
            options.open(path)
        }
        other => other,
    }
}

/// Makes a folder and those that lead to it.
pub(super) fn make_folders(path: &Path) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(path)
}
