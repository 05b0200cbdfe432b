// Loaded before whatever serves. What a start makes stays for good, and V8 takes that for a sign that the young want room: some twenty
// megabytes, for calls that nobody makes. Their space stays as it is until the process serves (letYoungSpaceGrow of libs/platform). On the
// command line V8 does not take it.
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
