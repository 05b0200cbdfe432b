const { relative, sep } = require('node:path');

const LONGEST = 10;

const line = (seconds, what) => `  ${seconds.toFixed(0)} s ${what}`;

const byLength = (entries) => [...entries].sort(([, one], [, other]) => other - one);

/** The package that a file is of: its first two folders. */
const packageOf = (path) => path.split(sep).slice(0, 2).join('/');

const sumsOf = (files) => {
  const sums = new Map();
  for (const [path, seconds] of files) sums.set(packageOf(path), (sums.get(packageOf(path)) ?? 0) + seconds);
  return sums;
};

/**
 * What to look at when a run has become slow: the files that took longest, and what the files of each package took together.
 * Nothing of a run of few files.
 */
const describeRuntimes = (root, runtimes) => {
  if (runtimes.length <= LONGEST) return '';
  const files = runtimes.map(({ testFilePath, seconds }) => [relative(root, testFilePath), seconds]);
  const whole = files.reduce((sum, [, seconds]) => sum + seconds, 0);
  return [
    'took longest:',
    ...byLength(files)
      .slice(0, LONGEST)
      .map(([path, seconds]) => line(seconds, path)),
    `of ${whole.toFixed(0)} s in all:`,
    ...byLength(sumsOf(files)).map(([name, seconds]) => line(seconds, name)),
    '',
  ].join('\n');
};

module.exports = { describeRuntimes };
