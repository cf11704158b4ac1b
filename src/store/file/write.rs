//! Writes a file of events: plain, gzip or zstd by the end of its name.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::event::{Event, json};
use crate::store::Error;

/// A file that is there under its name only when it is complete.
pub struct FileWriter {
    path: PathBuf,
    place: NamedTempFile,
    packer: Packer,
}

enum Packer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Packer {
    fn output(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(output) => output,
            Self::Gzip(output) => output,
            Self::Zstd(output) => output,
        }
    }
}

impl FileWriter {
    /// Begins a file beside the place where it is to be.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let failed = failed(path);
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let place = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let place = place.map_err(&failed)?;
        let output = BufWriter::new(place.as_file().try_clone().map_err(&failed)?);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let packer = match ending {
            Some("gz") => Packer::Gzip(GzEncoder::new(output, Compression::default())),
            Some("zst") => Packer::Zstd(zstd::Encoder::new(output, 3).map_err(&failed)?),
            _ => Packer::Plain(output),
        };
        Ok(Self {
            path: path.to_owned(),
            place,
            packer,
        })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// When the disk takes no more.
    pub fn event(&mut self, event: &Event) -> Result<(), Error> {
        let mut line = json::write(event);
        line.push('\n');
        let written = self.packer.output().write_all(line.as_bytes());
        written.map_err(failed(&self.path))
    }

    /// Gives the file its name, and tells its size in bytes. With `replace`, one that is there under
    /// that name goes.
    ///
    /// # Errors
    /// When the disk takes no more, or the name is taken.
    pub fn finish(self, replace: bool) -> Result<u64, Error> {
        let failed = failed(&self.path);
        let mut output = match self.packer {
            Packer::Plain(output) => Ok(output),
            Packer::Gzip(output) => output.finish(),
            Packer::Zstd(output) => output.finish(),
        }
        .map_err(&failed)?;
        output.flush().map_err(&failed)?;
        let kept = if replace {
            self.place.persist(&self.path)
        } else {
            self.place.persist_noclobber(&self.path)
        };
        let file = kept.map_err(|error| failed(error.error))?;
        Ok(file.metadata().map_err(&failed)?.len())
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |source| Error::Unwritable {
        path: path.clone(),
        source,
    }
}
