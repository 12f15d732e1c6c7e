//! The wasm host: a placeholder until the Worker and the Durable Object land here.
