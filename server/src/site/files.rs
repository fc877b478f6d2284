//! The files for the browser: where they lie, and what this build calls them. Found once, when the server starts.
//!
//! A release build puts a hash of its content into the name of each file and writes the hashes into a file beside the
//! program. A development build does not: `cargo leptos watch` writes later builds under the plain names, while a page would
//! go on naming the first one.

use crate::config::Config;
use app::Assets;
use color_eyre::eyre::{Result, WrapErr, eyre};
use std::path::{Path, PathBuf};

/// Beside the program; a line for each kind of file, as in `js: AZaz09_-`.
const HASH_FILE: &str = "hash.txt";

/// Folder of the files that a build makes, in the site and in their addresses.
pub const BUILT: &str = "pkg";

/// What the built files are called, without hash and ending.
const NAME: &str = "hubbub";

/// The files for the browser.
#[derive(Debug)]
pub struct Files {
    /// All of them, with [`BUILT`] inside.
    pub folder: PathBuf,
    /// Whether their names change with their content, so that a copy is never out of date.
    pub are_hashed: bool,
    /// What every page links.
    pub assets: Assets,
}

impl Files {
    /// # Errors
    /// When there are none.
    pub fn find(config: &Config) -> Result<Self> {
        let program = std::env::current_exe().wrap_err("cannot find the program's own folder")?;
        let beside = program.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let folder = site_dir(config, &beside)?;
        let hashes = std::fs::read_to_string(beside.join(HASH_FILE)).unwrap_or_default();
        Ok(Self::in_folder(folder, &hashes))
    }

    /// The hashes count only where they name what is there: they may be left from another build.
    fn in_folder(folder: PathBuf, hashes: &str) -> Self {
        let built = folder.join(BUILT);
        let is_there = |assets: &Assets| {
            [&assets.script, &assets.wasm, &assets.style]
                .into_iter()
                .all(|address| folder.join(address.trim_start_matches('/')).is_file())
        };
        if let Some(assets) = hashed(hashes).filter(is_there) {
            return Self { folder, are_hashed: true, assets };
        }
        let assets = assets(|kind| format!("{NAME}.{kind}"));
        if !is_there(&assets) {
            tracing::warn!(
                "the files in {} belong to another build than the {HASH_FILE} beside the program: \
                 pages come without script and style",
                built.display()
            );
        }
        Self { folder, are_hashed: false, assets }
    }
}

fn assets(name: impl Fn(&str) -> String) -> Assets {
    let address = |kind| format!("/{BUILT}/{}", name(kind));
    Assets { script: address("js"), wasm: address("wasm"), style: address("css") }
}

fn hashed(hashes: &str) -> Option<Assets> {
    let hash = |kind: &str| {
        let mut lines = hashes.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(of, _)| of.trim() == kind).map(|(_, hash)| hash.trim())
    };
    ["js", "wasm", "css"].into_iter().try_for_each(|kind| hash(kind).map(drop))?;
    Some(assets(|kind| format!("{NAME}.{}.{kind}", hash(kind).unwrap_or_default())))
}

fn site_dir(config: &Config, beside: &Path) -> Result<PathBuf> {
    let candidates = match &config.site_dir {
        Some(folder) => vec![folder.clone()],
        None => vec![beside.join("site"), beside.join("../site")],
    };
    candidates.iter().find(|folder| folder.join(BUILT).is_dir()).cloned().ok_or_else(|| {
        let tried: Vec<_> = candidates.iter().map(|folder| folder.display().to_string()).collect();
        eyre!(
            "the files for the browser are missing: no `{BUILT}` in {}; set HUBBUB_SITE_DIR",
            tried.join(" or ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHES: &str = "js: abc\nwasm: d_f\ncss: g-i\n";

    fn files(names: &[&str], hashes: &str) -> Files {
        let folder = tempfile::tempdir().expect("a folder for the site");
        std::fs::create_dir(folder.path().join(BUILT)).expect("a folder for what is built");
        for name in names {
            std::fs::write(folder.path().join(BUILT).join(name), "1").expect("a file");
        }
        Files::in_folder(folder.path().to_owned(), hashes)
    }

    fn linked(files: &Files) -> [&str; 3] {
        [&files.assets.script, &files.assets.wasm, &files.assets.style]
    }

    #[test]
    fn pages_link_the_hashed_files_of_a_release_build() {
        let files = files(&["hubbub.abc.js", "hubbub.d_f.wasm", "hubbub.g-i.css"], HASHES);
        assert!(files.are_hashed);
        assert_eq!(
            linked(&files),
            ["/pkg/hubbub.abc.js", "/pkg/hubbub.d_f.wasm", "/pkg/hubbub.g-i.css"]
        );
    }

    #[test]
    fn pages_link_plain_names_where_no_build_left_hashes_or_an_earlier_one_did() {
        for hashes in ["", HASHES, "js: abc\nwasm: d_f\n", "what is this?"] {
            let files = files(&["hubbub.js", "hubbub.wasm", "hubbub.css", "hubbub.abc.js"], hashes);
            assert!(!files.are_hashed, "{hashes}");
            assert_eq!(linked(&files), ["/pkg/hubbub.js", "/pkg/hubbub.wasm", "/pkg/hubbub.css"]);
        }
    }
}
