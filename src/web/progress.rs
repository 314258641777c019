//! What a connection is doing, as far as it matters when there is no room for another.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Frame, SizeHint};

/// Whether a connection has a whole request in hand, from its last byte to the last byte of the answer.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicBool>);

impl Progress {
    /// Whether it would be a loss to end the connection now.
    pub fn is_in_hand(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A body of a request: once it has arrived whole, the request is in hand.
    pub fn arriving<B: Body>(&self, body: B) -> Arriving<B> {
        let arriving = Arriving {
            body,
            progress: self.clone(),
        };
        arriving.note();
        arriving
    }

    /// A body of an answer: once it has left, or its connection is gone, nothing is in hand.
    pub fn leaving<B>(&self, body: B) -> Leaving<B> {
        Leaving {
            body,
            _done: Done(self.clone()),
        }
    }
}

/// The body of a request that comes in.
#[derive(Debug)]
pub struct Arriving<B> {
    body: B,
    progress: Progress,
}

impl<B: Body> Arriving<B> {
    fn note(&self) {
        if self.body.is_end_stream() {
            self.progress.0.store(true, Ordering::Relaxed);
        }
    }
}

impl<B: Body + Unpin> Body for Arriving<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.note();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer that goes out.
#[derive(Debug)]
pub struct Leaving<B> {
    body: B,
    _done: Done,
}

impl<B: Body + Unpin> Body for Leaving<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[derive(Debug)]
struct Done(Progress);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}
