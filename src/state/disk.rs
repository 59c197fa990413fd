//! Whether a folder may hold a state. A state's file must be locked, synced and renamed as a local disk does it: over a
//! network the lock may not hold, and a program that synchronises may take a file while it is being written.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::{Env, Mount};
use std::path::Path;

/// Kinds of file system that lie on another machine, as Linux's mount table names them, with their common name.
const NETWORK: &[(&str, &str)] = &[
    ("nfs", "NFS"),
    ("nfs4", "NFS"),
    ("cifs", "Windows share, SMB"),
    ("smb3", "Windows share, SMB"),
    ("smbfs", "Windows share, SMB"),
    ("9p", "folder of the host machine, 9p"),
    ("afs", "AFS"),
    ("ceph", "Ceph"),
    ("coda", "Coda"),
    ("lustre", "Lustre"),
    ("ncpfs", "NetWare"),
    ("glusterfs", "Gluster"),
    ("vboxsf", "folder of the host machine, VirtualBox"),
    ("vmhgfs", "folder of the host machine, VMware"),
    ("prl_fs", "folder of the host machine, Parallels"),
    ("davfs", "WebDAV"),
];

/// Kinds of FUSE that stay on this machine; every other one is taken for a network.
const LOCAL_FUSE: &[&str] =
    &["fuseblk", "fuse.lxcfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.gocryptfs", "fuse.encfs", "fuse.mergerfs"];

/// Names of folders that belong to a synchronising program: how it begins (lower case), whose it is.
const FOLDERS: &[(&str, &str)] = &[
    ("dropbox", "Dropbox"),
    ("onedrive", "OneDrive"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("icloud drive", "iCloud"),
    ("iclouddrive", "iCloud"),
    ("mobile documents", "iCloud"),
    ("cloudstorage", "a cloud drive"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
    ("pclouddrive", "pCloud"),
    ("box sync", "Box"),
];

/// What a synchronising program leaves in its folder: beginning and end of the name, whose it is.
const MARKERS: &[(&str, &str, &str)] = &[
    (".dropbox.cache", "", "Dropbox"),
    (".sync_", ".db", "Nextcloud or ownCloud"),
    ("._sync_", ".db", "Nextcloud or ownCloud"),
    (".nextcloudsync.log", "", "Nextcloud"),
    (".owncloudsync.log", "", "ownCloud"),
    (".stfolder", "", "Syncthing"),
    (".tmp.drivedownload", "", "Google Drive"),
    (".tmp.driveupload", "", "Google Drive"),
    (".849C9593-D756-4E56-8D6E-42412F2A707B", "", "OneDrive"),
];

/// Refuses a folder on a network or in a synchronised folder.
///
/// # Errors
/// E421 with the reason and what to do.
pub fn refuse_unsafe(folder: &Path, env: &Env) -> Result<()> {
    let folder = existing(folder);
    let why = network(&folder, &env.mounts()).or_else(|| synchronised(&folder));
    let Some(why) = why else { return Ok(()) };
    let message = format!("the state cannot be kept in {}: {why}", folder.display());
    let help = "Name a folder on a local disk in crosswalk.toml, as its first line, such as state = \"/srv/crosswalk\"; or move the \
                workspace. What has been kept so far moves along: copy the folder .crosswalk there while nothing runs.";
    Diagnostic::error(Code::STATE_FOLDER, message).help(help).alone()
}

/// The folder without links, or the nearest one above it that is there.
fn existing(folder: &Path) -> std::path::PathBuf {
    let found = folder.ancestors().find_map(|f| f.canonicalize().ok());
    found.unwrap_or_else(|| folder.to_path_buf())
}

/// The mount a folder is on: the longest that leads there, of equals the last, which hides the others.
fn mount_of<'a>(folder: &Path, mounts: &'a [Mount]) -> Option<&'a Mount> {
    mounts.iter().filter(|m| folder.starts_with(&m.at)).max_by_key(|m| m.at.components().count())
}

fn network(folder: &Path, mounts: &[Mount]) -> Option<String> {
    if folder.to_string_lossy().starts_with(r"\\") && !folder.to_string_lossy().starts_with(r"\\?\") {
        return Some("it is on a network drive (a share named by \\\\server)".to_owned());
    }
    let mount = mount_of(folder, mounts)?;
    let kind = mount.kind.as_str();
    // A sandbox may have its whole file system by 9p: there nothing is more local.
    if kind == "9p" && mount.at == Path::new("/") {
        return None;
    }
    let fuse = kind.strip_prefix("fuse.").filter(|_| !LOCAL_FUSE.contains(&kind));
    let name = NETWORK.iter().find(|(k, _)| *k == kind).map(|(_, name)| *name).or(fuse)?;
    Some(format!("{} is a network drive ({name}), where a lock may not hold", mount.at.display()))
}

fn synchronised(folder: &Path) -> Option<String> {
    folder.ancestors().find_map(|f| {
        let whose = by_name(f).or_else(|| by_marker(f))?;
        Some(format!(
            "{} is synchronised by {whose}, which may take a file while it is being written",
            f.display()
        ))
    })
}

fn by_name(folder: &Path) -> Option<&'static str> {
    let name = folder.file_name()?.to_string_lossy().to_lowercase();
    let is = |begin: &str| {
        let rest = name.strip_prefix(begin);
        // «OneDrive - Company», «Dropbox (Personal)»; not «dropbox-importer».
        rest.is_some_and(|r| r.is_empty() || r.starts_with(" -") || r.starts_with(" ("))
    };
    FOLDERS.iter().find(|(begin, _)| is(begin)).map(|(_, whose)| *whose)
}

fn by_marker(folder: &Path) -> Option<&'static str> {
    // The file `.dropbox` marks the synchronised folder; the folder of that name in a home holds settings.
    if folder.join(".dropbox").is_file() {
        return Some("Dropbox");
    }
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|n| n.starts_with('.'));
    names.sort();
    let is = |begin: &str, end: &str| {
        names
            .iter()
            .any(|n| if end.is_empty() { n == begin } else { n.starts_with(begin) && n.ends_with(end) })
    };
    MARKERS.iter().find(|(begin, end, _)| is(begin, end)).map(|(.., whose)| *whose)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(text: &str) -> Vec<Mount> {
        Mount::read(text)
    }

    const TABLE: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
        40 22 0:35 / /srv/erp rw - nfs4 nas:/erp rw\n\
        41 22 0:36 / /srv/erp/local rw - xfs /dev/sdb1 rw\n\
        42 22 0:37 / /mnt/with\\040blank rw - fuse.sshfs me@host: rw\n\
        43 22 0:38 / /media/stick rw - fuseblk /dev/sdc1 rw\n\
        44 22 0:39 / /win rw shared:7 master:2 - cifs //server/share rw\n\
        45 22 0:40 / /home/me/.gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw\n";

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = mounts(TABLE);
        let on = |p: &str| network(Path::new(p), &mounts);
        assert!(
            on("/srv/erp/acme/.crosswalk").is_some_and(|w| w.contains("/srv/erp is a network drive (NFS)"))
        );
        assert_eq!(on("/srv/erp/local/acme"), None);
        assert_eq!(on("/srv/erpx"), None);
        assert!(on("/mnt/with blank/x").is_some_and(|w| w.contains("sshfs")));
        assert_eq!(on("/media/stick/x"), None);
        assert!(on("/win/x").is_some_and(|w| w.contains("SMB")));
        assert!(on("/home/me/.gvfs/x").is_some());
        assert!(on(r"\\server\share\x").is_some());
    }

    #[test]
    fn a_later_mount_hides_an_earlier_one() {
        let over = format!("{TABLE}50 22 0:50 / /srv/erp rw - tmpfs tmpfs rw\n");
        assert_eq!(network(Path::new("/srv/erp/acme"), &mounts(&over)), None);
    }

    #[test]
    fn a_root_by_9p_is_a_sandbox() {
        let root = "1 0 0:1 / / rw - 9p none rw\n";
        assert_eq!(network(Path::new("/work"), &mounts(root)), None);
        let wsl = format!("{TABLE}60 22 0:51 / /mnt/c rw - 9p C:\\134 rw\n");
        assert!(network(Path::new("/mnt/c/Users/me"), &mounts(&wsl)).is_some());
    }

    #[test]
    fn names_of_synchronised_folders() {
        let of = |p: &str| by_name(Path::new(p));
        assert_eq!(of("/home/me/Dropbox"), Some("Dropbox"));
        assert_eq!(of("/home/me/Dropbox (Personal)"), Some("Dropbox"));
        assert_eq!(of("C:/Users/me/OneDrive - Acme GmbH"), Some("OneDrive"));
        assert_eq!(of("/Users/me/Library/Mobile Documents"), Some("iCloud"));
        assert_eq!(of("/srv/dropbox-importer"), None);
        assert_eq!(of("/srv/nextclouds"), None);
    }

    #[test]
    fn markers_of_synchronised_folders() {
        for (name, whose) in
            [(".stfolder", "Syncthing"), (".sync_0a1b.db", "Nextcloud"), (".dropbox.cache", "Dropbox")]
        {
            let home = tempfile::tempdir().unwrap();
            let below = home.path().join("erp/acme/.crosswalk");
            std::fs::create_dir_all(&below).unwrap();
            assert_eq!(synchronised(&below), None);
            std::fs::create_dir(home.path().join(name)).unwrap();
            assert!(synchronised(&below).is_some_and(|w| w.contains(whose)), "{name}");
        }
        // Dropbox's settings in a home are a folder of that name.
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".dropbox")).unwrap();
        assert_eq!(synchronised(home.path()), None);
        std::fs::remove_dir(home.path().join(".dropbox")).unwrap();
        std::fs::write(home.path().join(".dropbox"), "").unwrap();
        assert!(synchronised(home.path()).is_some());
    }
}
