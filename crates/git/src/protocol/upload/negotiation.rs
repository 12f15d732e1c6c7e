//! Versions 0 and 1: finding out together what the client already has.

use crate::{Oid, pktline};

/// How much the client wants to hear about what is common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiAck {
    /// Only the first common commit.
    #[default]
    Off,
    /// Every common commit, with `continue`.
    On,
    /// Every common commit, with `common`, and `ready` once it may stop.
    Detailed,
}

/// What ends a round of haves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// The client waits for an answer.
    Flush,
    /// The client wants the pack now.
    Done,
}

/// What happens after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client will send more haves.
    Continue,
    /// The answer is complete; over a stateless connection the client comes back with another request.
    Stop,
    /// The pack follows.
    SendPack,
}

/// What the negotiation asks the owner of the objects.
pub trait Answers {
    /// Why an answer could not be found.
    type Error;

    /// Whether this object is here and visible to the client; if so, it is remembered as common.
    fn common(&mut self, oid: &Oid) -> Result<bool, Self::Error>;

    /// Whether every want reaches something common, so that more haves would not help.
    fn ready(&mut self) -> Result<bool, Self::Error>;
}

/// The state of one negotiation.
#[derive(Clone, Debug)]
pub struct Negotiation {
    multi_ack: MultiAck,
    no_done: bool,
    stateless: bool,
    /// The common commit named last.
    last: Option<Oid>,
    /// Whether this round had common commits.
    got_common: bool,
    /// Whether this round had others.
    got_other: bool,
    sent_ready: bool,
    /// The last answer of [`Answers::ready`], as long as nothing common was added.
    ready: Option<bool>,
}

impl Negotiation {
    /// Begins a negotiation with a client that asked for this.
    pub fn new(multi_ack: MultiAck, no_done: bool, stateless: bool) -> Self {
        Self {
            multi_ack,
            no_done,
            stateless,
            last: None,
            got_common: false,
            got_other: false,
            sent_ready: false,
            ready: None,
        }
    }

    /// Whether anything common was found.
    pub fn has_common(&self) -> bool {
        self.last.is_some()
    }

    /// Answers a whole round: [`Negotiation::have`] for each, then [`Negotiation::end`].
    pub fn round<A: Answers + ?Sized>(
        &mut self,
        haves: &[Oid],
        end: RoundEnd,
        answers: &mut A,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, A::Error> {
        for oid in haves {
            self.have(oid, answers, out)?;
        }
        self.end(end, answers, out)
    }

    /// Answers one have.
    pub fn have<A: Answers + ?Sized>(
        &mut self,
        oid: &Oid,
        answers: &mut A,
        out: &mut Vec<u8>,
    ) -> Result<(), A::Error> {
        if answers.common(oid)? {
            self.common(oid, out);
            return Ok(());
        }
        self.got_other = true;
        // The client has more than we know: acknowledging it stops the search along this line.
        if self.multi_ack != MultiAck::Off && self.is_ready(answers)? {
            self.sent_ready |= self.multi_ack == MultiAck::Detailed;
            let word = if self.multi_ack == MultiAck::Detailed { "ready" } else { "continue" };
            pktline::text(out, &format!("ACK {oid} {word}"));
        }
        Ok(())
    }

    fn common(&mut self, oid: &Oid, out: &mut Vec<u8>) {
        match self.multi_ack {
            MultiAck::Detailed => pktline::text(out, &format!("ACK {oid} common")),
            MultiAck::On => pktline::text(out, &format!("ACK {oid} continue")),
            MultiAck::Off if self.last.is_none() => pktline::text(out, &format!("ACK {oid}")),
            MultiAck::Off => {}
        }
        self.got_common = true;
        self.last = Some(*oid);
        self.ready = None;
    }

    /// Answers the end of a round.
    pub fn end<A: Answers + ?Sized>(
        &mut self,
        end: RoundEnd,
        answers: &mut A,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, A::Error> {
        if end == RoundEnd::Done {
            match self.last {
                Some(last) if self.multi_ack != MultiAck::Off => pktline::text(out, &format!("ACK {last}")),
                Some(_) => {}
                None => pktline::text(out, "NAK"),
            }
            return Ok(Outcome::SendPack);
        }
        if self.multi_ack == MultiAck::Detailed
            && self.got_common
            && !self.got_other
            && let Some(last) = self.last
            && self.is_ready(answers)?
        {
            self.sent_ready = true;
            pktline::text(out, &format!("ACK {last} ready"));
        }
        if self.last.is_none() || self.multi_ack != MultiAck::Off {
            pktline::text(out, "NAK");
        }
        (self.got_common, self.got_other) = (false, false);
        if self.no_done
            && self.sent_ready
            && let Some(last) = self.last
        {
            pktline::text(out, &format!("ACK {last}"));
            return Ok(Outcome::SendPack);
        }
        Ok(if self.stateless { Outcome::Stop } else { Outcome::Continue })
    }

    /// Asks once per change, since the answer depends on nothing but what is common.
    fn is_ready<A: Answers + ?Sized>(&mut self, answers: &mut A) -> Result<bool, A::Error> {
        if self.last.is_none() {
            return Ok(false);
        }
        if let Some(known) = self.ready {
            return Ok(known);
        }
        let ready = answers.ready()?;
        self.ready = Some(ready);
        Ok(ready)
    }
}
