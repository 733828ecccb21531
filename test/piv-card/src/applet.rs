//! The software Trussed on which the PIV application runs, with its storage in memory or in a folder.
use std::{cell::RefCell, path::PathBuf, rc::Rc, task::Poll};

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use trussed::{
    pipe::TrussedChannel,
    platform::Platform,
    virt::{Client, Runner, StorageConfig, Store, StoreConfig, UserInterface},
};
use trussed_core::{
    api::{Reply, RequestVariant},
    mechanisms,
    serde_extensions::{Extension, ExtensionClient},
    ClientResult, CryptoClient, Error, FilesystemClient, FutureResult, PollClient,
};

use crate::backends::{Dispatch, BACKENDS};

/// Trussed's own virtual platform has a fixed seed; this one is seeded by the system.
struct SeededPlatform<'a> {
    rng: ChaCha8Rng,
    store: Store<'a>,
    ui: UserInterface,
}

impl<'a> Platform for SeededPlatform<'a> {
    type R = ChaCha8Rng;
    type S = Store<'a>;
    type UI = UserInterface;

    fn user_interface(&mut self) -> &mut UserInterface {
        &mut self.ui
    }

    fn rng(&mut self) -> &mut ChaCha8Rng {
        &mut self.rng
    }

    fn store(&self) -> Store<'a> {
        self.store
    }
}

/// A client of Trussed that outlives the application over it, which a reset of the card makes anew.
pub struct SharedClient<C>(Rc<RefCell<C>>);

impl<C> Clone for SharedClient<C> {
    fn clone(&self) -> Self {
        SharedClient(self.0.clone())
    }
}

impl<C: PollClient> PollClient for SharedClient<C> {
    fn request<Rq: RequestVariant>(&mut self, request: Rq) -> ClientResult<'_, Rq::Reply, Self> {
        self.0.borrow_mut().request(request).map(|_| ())?;
        Ok(FutureResult::new(self))
    }

    fn poll(&mut self) -> Poll<Result<Reply, Error>> {
        self.0.borrow_mut().poll()
    }
}

impl<C: PollClient> CryptoClient for SharedClient<C> {}
impl<C: PollClient> FilesystemClient for SharedClient<C> {}
impl<C: PollClient> mechanisms::Tdes for SharedClient<C> {}

impl<E: Extension, C: PollClient + ExtensionClient<E>> ExtensionClient<E> for SharedClient<C> {
    fn id() -> u8 {
        C::id()
    }
}

/// The client of Trussed that a card uses.
pub type CardClient<'a> = SharedClient<Client<'a, Dispatch>>;

/// Starts Trussed, and runs a card on it to its end.
pub fn run(folder: Option<PathBuf>, card: impl FnOnce(CardClient<'_>)) {
    storage(folder).with_store(|store| {
        let platform = SeededPlatform {
            rng: ChaCha8Rng::from_entropy(),
            store,
            ui: UserInterface::new(),
        };
        let channel = TrussedChannel::new();
        let (requester, responder) = channel.split().expect("a new channel");
        let mut runner = Runner::new();
        runner.add_endpoint(responder, "piv", BACKENDS);
        let client = Client::new(requester, runner.syscall(), None);
        runner.run(platform, Dispatch::new(), || {
            card(SharedClient(Rc::new(RefCell::new(client))))
        });
    });
}

/// What is verified lives in the volatile part, in memory always.
fn storage(folder: Option<PathBuf>) -> StoreConfig<'static> {
    match folder {
        None => StoreConfig::ram(),
        Some(folder) => StoreConfig {
            internal: StorageConfig::filesystem(folder.join("internal")),
            external: StorageConfig::filesystem(folder.join("external")),
            volatile: StorageConfig::ram(),
        },
    }
}
