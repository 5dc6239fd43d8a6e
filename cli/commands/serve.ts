import { type Command, seedOption, setOption } from "../command.ts";

/** `ksim serve` */
export const command: Command = {
  name: "serve",
  positionals: [{ name: "file", describe: "A scenario that plays on the served cluster" }],
  options: [
    seedOption,
    setOption,
    { name: "port", kind: "text", describe: "Port; a free one when absent", placeholder: "P" },
    {
      name: "address",
      kind: "text",
      describe: "Address to listen on; 127.0.0.1 when absent",
      placeholder: "A",
    },
    {
      name: "pace",
      kind: "text",
      describe: "Speed of virtual time: 1x to 1000x, step or settle",
      placeholder: "P",
    },
    {
      name: "nodes",
      kind: "text",
      describe: "Nodes of the cluster without a scenario; 3 when absent",
      placeholder: "N",
    },
    {
      name: "token",
      kind: "text",
      describe: "Bearer token that clients must send",
      placeholder: "T",
    },
    {
      name: "record",
      kind: "text",
      describe: "Write a recording of the session when it ends; ksim replay plays it",
      placeholder: "F.ksim",
    },
    { name: "tls", kind: "switch", describe: "Speak TLS with a certificate of our own" },
    { name: "log", kind: "switch", describe: "Print each request" },
    {
      name: "kubeconfig",
      kind: "text",
      describe: "Where to write the kubeconfig",
      placeholder: "FILE",
    },
  ],
  examples: [
    ["ksim serve", "then use the printed line with kubectl"],
    ["ksim serve node-failure --pace 10x", "watch a scenario with kubectl get -w"],
  ],
  load: async () => (await import("../serve/serve.ts")).serveCommand,
};
