//! What a client sees first: refs and capabilities.

use gitflare_git::{
    advertise::{self, AGENT, AdvertisedRef},
    pktline,
};
use gitflare_port::{Head, Service};

use crate::{Repository, Result, refs, state};

/// The advertisement of receive-pack, which answers version 2 as version 0.
pub(crate) fn receive(repository: &Repository, head: &Head) -> Result<Vec<u8>> {
    let refs = repository.db().read(refs::all)?;
    let capabilities = advertise::receive_capabilities(AGENT, repository.format());
    let mut out = Vec::new();
    let hidden = hidden(head);
    let mut shown = refs
        .into_iter()
        .filter(|found| !hidden.iter().any(|prefix| found.name.starts_with(prefix)))
        .map(|found| AdvertisedRef { name: found.name, oid: found.oid, peeled: None });
    let version = u8::from(head.version == 1);
    advertise::advertise(
        &mut out,
        service_line(head),
        version,
        None,
        &mut shown,
        &capabilities,
        repository.format(),
    );
    Ok(out)
}

/// In place of an advertisement, why there is none.
pub(crate) fn refused(head: &Head, why: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(service) = service_line(head) {
        pktline::text(&mut out, &format!("# service={service}"));
        pktline::flush(&mut out);
    }
    pktline::error(&mut out, why);
    out
}

/// The advertisement of upload-pack, in the version the client asked for.
pub(crate) fn upload(repository: &Repository, head: &Head) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let format = repository.format();
    if head.version >= 2 {
        advertise::capabilities_v2(&mut out, None, AGENT, format);
        return Ok(out);
    }
    let (refs, target) =
        repository.db().read(|sql| Ok::<_, crate::Error>((refs::all(sql)?, state::get(sql)?.head)))?;
    let hidden = hidden(head);
    let born = refs.iter().find(|found| found.name == target).map(|found| (found.oid, target.as_slice()));
    let mut shown = refs
        .iter()
        .filter(|found| !hidden.iter().any(|prefix| found.name.starts_with(prefix)))
        .map(|found| AdvertisedRef { name: found.name.clone(), oid: found.oid, peeled: found.peeled });
    let capabilities = advertise::upload_capabilities(AGENT, format);
    advertise::advertise(&mut out, service_line(head), head.version, born, &mut shown, &capabilities, format);
    Ok(out)
}

/// Prefixes of refs this caller may not see.
pub(crate) fn hidden(head: &Head) -> Vec<Vec<u8>> {
    head.caller.hidden.iter().filter_map(|prefix| gitflare_git::refname::decode(prefix)).collect()
}

fn service_line(head: &Head) -> Option<&'static str> {
    head.advertise.then_some(match head.service {
        Service::UploadPack => "git-upload-pack",
        Service::ReceivePack => "git-receive-pack",
    })
}
