// What the runtime loads. It hands the runtime's calls to the program, and starts the program afresh after a crash.
//
// A panic ends the program that all requests of an isolate share: its memory cannot be trusted any more. Without this
// file every later request would fail too, and those in flight would wait for ever. Here those in flight fail within a
// moment, and the next call finds a new program with empty memory; what was stored is untouched.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import * as program from "./index.js";

// Shared with the program: its panic hook sets `criticalError`.
const state = program.__worker_init_state();

// Counts the programs of this isolate: what an earlier one made is gone.
let generation = 0;

// How to end each call that the program has not answered yet.
const inFlight = new Set();

// How often a call looks whether its program still lives, in milliseconds.
const HEARTBEAT = 200;

class Crash extends Error {}

// A trap is what a panic ends in. Ordinary errors leave the program whole.
function notice(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("the program crashed, the next call gets a new one:", error);
    state.criticalError = true;
  }
  if (state.criticalError) {
    for (const end of [...inFlight]) end();
  }
}

// Where traps surface that happen while the program goes on with a request.
addEventListener("error", (event) => notice(event.error));
addEventListener("unhandledrejection", (event) => notice(event.reason));

function call(run) {
  if (state.criticalError) {
    program.__wbg_reset_state();
    state.criticalError = false;
    generation += 1;
  }
  let answer;
  try {
    answer = run();
  } catch (error) {
    notice(error);
    throw error;
  }
  return answer instanceof Promise ? guard(answer) : answer;
}

// The answer, or a failure if the program crashes before it comes.
function guard(answer) {
  const born = generation;
  return new Promise((resolve, reject) => {
    const settle = (how, value) => {
      clearInterval(heartbeat);
      inFlight.delete(end);
      how(value);
    };
    const end = () => settle(reject, new Crash("the program crashed before it answered"));
    // The crash may be noticed by another request, which can end this one only while this one waits for something.
    const heartbeat = setInterval(() => {
      if (state.criticalError || generation !== born) end();
    }, HEARTBEAT);
    inFlight.add(end);
    answer.then(
      (value) => settle(resolve, value),
      (error) => {
        notice(error);
        settle(reject, error);
      },
    );
  });
}

// The runtime drops the length of a stream, unless the stream itself is of that length: a download without one has no
// progress, and a broken one would look whole.
function sized(answer) {
  const length = answer.headers.get("content-length");
  if (length === null || answer.body === null) return answer;
  return new Response(answer.body.pipeThrough(new FixedLengthStream(Number(length))), answer);
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    try {
      return sized(await call(() => program.fetch(request, this.env, this.ctx)));
    } catch (error) {
      console.error("a request failed:", error);
      const text = "Something went wrong on our side, and your request was not finished. Please try again.\n";
      return new Response(text, { status: 500, headers: { "cache-control": "no-store" } });
    }
  }

  scheduled(event) {
    return call(() => program.scheduled(event, this.env, this.ctx));
  }
}

export class Repository extends DurableObject {
  #made;
  #generation = -1;

  // Calls the program's own object, made by the program that runs now.
  #call(run) {
    return call(() => {
      if (this.#generation !== generation) {
        this.#made = new program.Repository(this.ctx, this.env);
        this.#generation = generation;
      }
      return run(this.#made);
    });
  }

  fetch(request) {
    return this.#call((made) => made.fetch(request));
  }

  alarm(info) {
    return this.#call((made) => made.alarm(info));
  }

  webSocketMessage(socket, message) {
    return this.#call((made) => made.webSocketMessage(socket, message));
  }

  webSocketClose(socket, code, reason, wasClean) {
    return this.#call((made) => made.webSocketClose(socket, code, reason, wasClean));
  }

  webSocketError(socket, error) {
    return this.#call((made) => made.webSocketError(socket, error));
  }
}
