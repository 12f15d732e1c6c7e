// In front of the shim in test builds: notes what the program asks of the platform that no answer shows, where an object
// should live and from which copy of D1 it reads. GET /-/platform answers what was noted, and forgets it.

import Worker, { Repository } from "./shim.js";

export { Repository };

const WATCHED = ["getByName", "get", "withSession"];

let noted = [];

// The program looks at a binding's constructor, and the runtime at what its methods are called on.
function watched(binding) {
  return new Proxy(binding, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function" || key === "constructor") return value;
      return (...words) => {
        if (WATCHED.includes(key)) noted.push([key, ...words.map((word) => (typeof word === "object" ? { ...word } : word))]);
        return value.apply(target, words);
      };
    },
  });
}

export default class extends Worker {
  constructor(context, env) {
    super(context, { ...env, REPOSITORY: watched(env.REPOSITORY), DB: watched(env.DB) });
  }

  async fetch(request) {
    if (new URL(request.url).pathname !== "/-/platform") return super.fetch(request);
    const answer = Response.json(noted);
    noted = [];
    return answer;
  }
}
