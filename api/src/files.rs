//! Files that belong to the data but not into the database, such as exports.
//!
//! A folder inside the data folder; `object_store` is the interface so that another store can take its
//! place. What is personal is sealed before it comes here.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::web::Bytes;
use anyhow::Context;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{
    Error, GetOptions, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
};

/// Where files are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The folder, where the store is one.
    folder: PathBuf,
}

/// What is sent of a file at once.
const SENT_BYTES: u64 = 128 * 1024;
/// What is written of a file at once; stores demand 5 MiB of each part but the last.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// A file that is being written; it appears whole when it is finished, or not at all.
#[derive(Debug)]
pub struct NewFile {
    upload: Box<dyn MultipartUpload>,
    part: Vec<u8>,
    written: u64,
}

impl NewFile {
    /// Adds bytes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.written += bytes.len() as u64;
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    /// Bytes so far.
    pub fn size_bytes(&self) -> u64 {
        self.written
    }

    /// Makes the file appear; it is on the disk when this returns.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        if !self.part.is_empty() {
            self.send().await?;
        }
        self.upload.complete().await.context("a file cannot be finished")?;
        Ok(())
    }

    async fn send(&mut self) -> anyhow::Result<()> {
        let part = std::mem::take(&mut self.part);
        self.upload.put_part(PutPayload::from(part)).await.context("a file cannot be written")
    }
}

impl Files {
    /// Opens the folder `files` inside the data folder and makes it if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join("files");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let store = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder })
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.store.put(&Name::from(name), bytes.into()).await.context("a file cannot be written")?;
        Ok(())
    }

    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match self.store.get(&Name::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await.context("a file cannot be read")?.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).context("a file cannot be read"),
        }
    }

    /// Begins to write a file of any length.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(&self, name: &str) -> anyhow::Result<NewFile> {
        let upload = self.store.put_multipart(&Name::from(name)).await.context("a file cannot be begun")?;
        Ok(NewFile { upload, part: Vec::new(), written: 0 })
    }

    /// Reads part of a file that is there.
    ///
    /// # Errors
    /// When the store fails or the file ends before the range does.
    pub async fn read(&self, name: &str, range: Range<u64>) -> anyhow::Result<Bytes> {
        let wanted = range.end.saturating_sub(range.start);
        let bytes = self.store.get_range(&Name::from(name), range).await.context("a file cannot be read")?;
        anyhow::ensure!(bytes.len() as u64 == wanted, "a file ends too early");
        Ok(bytes)
    }

    /// Part of a file, read as fast as somebody takes it; `None` if there is no such file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stream(
        &self,
        name: &str,
        range: Range<u64>,
    ) -> anyhow::Result<Option<BoxStream<'static, anyhow::Result<Bytes>>>> {
        if range.is_empty() {
            return Ok(Some(stream::empty().boxed()));
        }
        let options = GetOptions { range: Some(range.clone().into()), ..GetOptions::default() };
        let found = match self.store.get_opts(&Name::from(name), options).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error).context("a file cannot be read"),
        };
        Ok(Some(match found.payload {
            GetResultPayload::File(file, _) => in_pieces(Arc::new(file), range).boxed(),
            GetResultPayload::Stream(stream) => {
                stream.map(|bytes| bytes.context("a file cannot be read")).boxed()
            }
        }))
    }

    /// Deletes a folder with all that was ever begun in it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_folder(&self, folder: &str) -> anyhow::Result<()> {
        for name in self.names(folder).await? {
            self.delete(&name).await?;
        }
        // Of a file that was never finished a folder holds a part that is not listed.
        let path = self.folder.join(folder);
        let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(path));
        match removed.await.context("deleting a folder was given up")? {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("a folder cannot be deleted")
            }
            _ => Ok(()),
        }
    }

    /// Deletes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, name: &str) -> anyhow::Result<()> {
        match self.store.delete(&Name::from(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).context("a file cannot be deleted"),
        }
    }

    /// The names of all files in a folder.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn names(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let listed: Vec<_> = self
            .store
            .list(Some(&Name::from(folder)))
            .try_collect()
            .await
            .context("files cannot be listed")?;
        Ok(listed.into_iter().map(|file| file.location.to_string()).collect())
    }
}

/// Reads a file piece by piece; a piece is read while the one before is sent.
fn in_pieces(
    file: Arc<std::fs::File>,
    range: Range<u64>,
) -> impl futures_util::Stream<Item = anyhow::Result<Bytes>> {
    let starts = (range.start..range.end).step_by(usize::try_from(SENT_BYTES).unwrap_or(usize::MAX));
    stream::iter(starts)
        .map(move |start| {
            let (file, length) = (Arc::clone(&file), SENT_BYTES.min(range.end - start));
            async move {
                let read = tokio::task::spawn_blocking(move || read_at(&file, start, length));
                Ok(read.await.context("reading a file was given up")??.into())
            }
        })
        .buffered(2)
}

fn read_at(file: &std::fs::File, start: u64, length: u64) -> anyhow::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let mut piece = vec![0; usize::try_from(length)?];
    file.read_exact_at(&mut piece, start).context("a file cannot be read")?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_was_put_is_there_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        assert_eq!(files.get("exports/a").await.unwrap(), None);
        files.put("exports/a", b"sealed".to_vec()).await.unwrap();
        assert_eq!(files.get("exports/a").await.unwrap().as_deref(), Some(&b"sealed"[..]));
        assert_eq!(files.names("exports").await.unwrap(), ["exports/a"]);
        files.delete("exports/a").await.unwrap();
        files.delete("exports/a").await.unwrap();
        assert!(files.names("exports").await.unwrap().is_empty());
    }
    #[actix_web::test]
    async fn a_long_file_is_written_in_parts_and_read_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let whole: Vec<u8> = (0..20_000_003_u32).map(|number| (number % 251) as u8).collect();
        let mut new = files.begin("media/a/original").await.unwrap();
        for piece in whole.chunks(70_001) {
            new.write(piece).await.unwrap();
        }
        assert_eq!(new.size_bytes(), whole.len() as u64);
        assert_eq!(files.get("media/a/original").await.unwrap(), None, "not there before it is finished");
        new.finish().await.unwrap();
        let stream = files.stream("media/a/original", 5..19_000_000).await.unwrap().unwrap();
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() as u64 <= SENT_BYTES));
        assert!(pieces.concat() == whole[5..19_000_000]);
        assert_eq!(files.read("media/a/original", 3..9).await.unwrap(), whole[3..9]);
        assert!(files.read("media/a/original", 20_000_000..20_000_009).await.is_err());
        assert!(files.stream("media/a/none", 0..1).await.unwrap().is_none());
    }

    #[actix_web::test]
    async fn nothing_is_left_of_a_file_that_was_never_finished() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let mut new = files.begin("media/a/original").await.unwrap();
        new.write(&vec![7; PART_BYTES + 1]).await.unwrap();
        // As after a crash: the part stays, and no listing shows it.
        std::mem::forget(new);
        assert!(folder.path().join("files/media/a").read_dir().unwrap().next().is_some());
        files.delete_folder("media/a").await.unwrap();
        files.delete_folder("media/a").await.unwrap();
        assert!(!folder.path().join("files/media/a").exists());
    }
}
