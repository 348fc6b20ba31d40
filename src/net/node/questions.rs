//! What a peer is asked and told about transfers: a few things at a time, the rest in its order.

use std::collections::{HashMap, VecDeque};

use libp2p::request_response::OutboundRequestId;

use super::super::file_codec::Sink;
use super::RequestId;
use crate::model::TransferId;
use crate::protocol::wire::file::Ask;

/// Questions to one peer that are under way at a time. Fewer than the ranges that it serves to one, so that it puts none
/// off, and far fewer than the streams of a connection.
pub(in crate::net) const MAX_UNDER_WAY: usize = 12;

/// Something to be asked or told.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: RequestId,
    pub(super) transfer: TransferId,
    pub(super) ask: Ask,
    pub(super) sink: Option<Sink>,
}

impl Question {
    const fn is_told(&self) -> bool {
        matches!(self.ask, Ask::Report { .. } | Ask::Notice(_))
    }
}

/// Questions to one peer. Those that wait are as many as its transfers have pieces to ask for, and a word of each.
#[derive(Debug, Default)]
pub(super) struct Questions {
    under_way: HashMap<OutboundRequestId, RequestId>,
    waiting: VecDeque<Question>,
}

impl Questions {
    /// Another one. What is told takes the place of what was to be told of the same transfer and still waits; gives that
    /// one's name.
    pub(super) fn add(&mut self, question: Question) -> Option<RequestId> {
        let is_old = |other: &&mut Question| other.is_told() && other.transfer == question.transfer;
        match self.waiting.iter_mut().find(is_old).filter(|_| question.is_told()) {
            Some(old) => Some(std::mem::replace(old, question).name),
            None => {
                self.waiting.push_back(question);
                None
            }
        }
    }

    /// The next one that may be sent.
    pub(super) fn next(&mut self) -> Option<Question> {
        if self.under_way.len() < MAX_UNDER_WAY { self.waiting.pop_front() } else { None }
    }

    /// The one of this name is under way.
    pub(super) fn sent(&mut self, request: OutboundRequestId, name: RequestId) {
        self.under_way.insert(request, name);
    }

    /// What was asked by this request is answered, or won't be.
    pub(super) fn ended(&mut self, request: OutboundRequestId) -> Option<RequestId> {
        self.under_way.remove(&request)
    }

    /// Whether all have got their answers.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }

    /// The names of all that have no answer.
    pub(super) fn into_names(self) -> impl Iterator<Item = RequestId> {
        self.under_way.into_values().chain(self.waiting.into_iter().map(|question| question.name))
    }
}

#[cfg(test)]
mod tests;
