// Runs before anything is installed, on whatever Node and npm there are: plain old syntax, no dependencies.
"use strict";

var agent = process.env.npm_config_user_agent || "";
var npm = /npm\/(\d+)/.exec(agent);
var node = parseInt(process.versions.node, 10);

function refuse(sentence) {
  console.error("\nBenchtop: " + sentence + "\n");
  process.exit(1);
}

if (node < 20) {
  refuse(
    "Node 20 or newer is needed, this is Node " +
      process.versions.node +
      ": install a current Node and try again.",
  );
}
if (npm && parseInt(npm[1], 10) < 10) {
  refuse("npm 10 or newer is needed, this is npm " + npm[1] + ": run `npm install -g npm@11` and try again.");
}
