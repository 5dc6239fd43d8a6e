// Preloaded into a process whose pipes are to look like a terminal: an emulator reads what it writes.
const size = { columns: 80, rows: 24 };
Object.assign(process.stdin, { isTTY: true });
Object.assign(process.stdout, { isTTY: true, ...size });
process.stdin.setRawMode = () => process.stdin;
