//! Files that belong to the data but not into the database, such as exports.
//!
//! A folder inside the data folder; `object_store` is the interface so that another store can take its
//! place. What is personal is sealed before it comes here.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{Error, ObjectStore, ObjectStoreExt};

/// Where files are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files(Arc<dyn ObjectStore>);

impl Files {
    /// Opens the folder `files` inside the data folder and makes it if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join("files");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.0.put(&Name::from(name), bytes.into()).await.context("a file cannot be written")?;
        Ok(())
    }

    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match self.0.get(&Name::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await.context("a file cannot be read")?.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).context("a file cannot be read"),
        }
    }

    /// Deletes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, name: &str) -> anyhow::Result<()> {
        match self.0.delete(&Name::from(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).context("a file cannot be deleted"),
        }
    }

    /// The names of all files in a folder.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn names(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let listed: Vec<_> =
            self.0.list(Some(&Name::from(folder))).try_collect().await.context("files cannot be listed")?;
        Ok(listed.into_iter().map(|file| file.location.to_string()).collect())
    }
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
}
