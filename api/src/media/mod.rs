//! Pictures, videos and spoken texts.
//!
//! `routes` lists the addresses for staff, `serve` gives everybody the files. A file comes in through
//! `receive`; what it is, `content` decides by its bytes alone. Pictures are decoded and written anew in
//! fixed sizes (`picture`), videos keep their frames but nothing that says where they were made (`video`,
//! `mp4`), of sound only the frames are kept (`mp3`). `store` puts files and row together, so that neither
//! is there without the other, and `sweep` deletes what an interrupted upload left.

mod content;
mod dto;
mod mp3;
mod mp4;
mod picture;
mod receive;
mod routes;
mod serve;
mod service;
mod store;
mod video;

pub mod sweep;

use std::time::Duration;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::picture::MOST_PICTURE_BYTES;
pub use self::receive::{Received, keep_audio, keep_picture, keep_video};
pub use self::store::{MediaStore, Origin, Texts};

/// How long an upload may take.
pub const LONGEST_UPLOAD: Duration = Duration::from_mins(10);

/// Adds `/media` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::upload_media)
        .service(routes::list_media)
        .service(routes::get_media)
        .service(routes::change_media)
        .service(routes::delete_media);
}

/// Adds the files.
pub fn configure_files(services: &mut ServiceConfig<'_>) {
    services.service(serve::get_media_file);
}
