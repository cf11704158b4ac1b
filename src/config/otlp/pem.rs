//! Certificates and keys, read and looked at when emp starts.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::resolve::Chosen;
use crate::config::Error;

/// A file of certificates.
pub(super) fn certificates(chosen: &Chosen) -> Result<Vec<u8>, Error> {
    let pem = read(chosen)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(found) if !found.is_empty() => Ok(pem),
        _ => Err(chosen.unusable(
            format!("{} holds no certificate in PEM", chosen.text),
            "it should begin with -----BEGIN CERTIFICATE-----",
        )),
    }
}

/// A file with a private key.
pub(super) fn key(chosen: &Chosen) -> Result<Vec<u8>, Error> {
    let pem = read(chosen)?;
    match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(_) => Ok(pem),
        Err(_) => Err(chosen.unusable(
            format!("{} holds no private key in PEM", chosen.text),
            "it should begin with -----BEGIN PRIVATE KEY-----, and not be encrypted",
        )),
    }
}

fn read(chosen: &Chosen) -> Result<Vec<u8>, Error> {
    std::fs::read(&chosen.text).map_err(|error| {
        chosen.unusable(
            format!("cannot read {}: {error}", chosen.text),
            "name a PEM file that this user may read",
        )
    })
}
