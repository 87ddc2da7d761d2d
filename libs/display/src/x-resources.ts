/** What old X programs are told about looks and habits, through RESOURCE_MANAGER (xrdb(1)): their own defaults are from 1990. */

const terminal = {
  // What is selected in a terminal is what a person means to copy.
  selectToClipboard: true,
  utf8Title: true,
  faceName: 'monospace',
  faceSize: 11,
  internalBorder: 10,
  saveLines: 5000,
  background: '#11161f',
  foreground: '#e6e9ef',
  cursorColor: '#818cf8',
};

export const X_RESOURCES = ['XTerm', 'UXTerm']
  .flatMap((program) => Object.entries(terminal).map(([name, value]) => `${program}*${name}: ${value}\n`))
  .join('');
