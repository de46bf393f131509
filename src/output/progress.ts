import type { Ora } from 'ora';

/** What a long step tells while it runs: on standard error, so that standard output stays the result alone. */
export interface Progress {
  /** A new step; the one before ends silently. */
  start(text: string): void;
  /** The same step, further on. */
  update(text: string): void;
  /** The step ended; the line stays. */
  done(text?: string): void;
  /** Clears what is on the screen, before something else is written or asked. */
  stop(): void;
}

/** Off a terminal a line at most this often: a log is read later, not watched. */
const plainIntervalMs = 5000;

export async function createProgress(options: {
  stream: NodeJS.WriteStream;
  kind: 'spinner' | 'lines' | 'none';
  color: boolean;
  redact: (text: string) => string;
}): Promise<Progress> {
  if (options.kind === 'none') return silent;
  return options.kind === 'spinner' ? spinner(options) : lines(options);
}

const silent: Progress = {
  start: () => undefined,
  update: () => undefined,
  done: () => undefined,
  stop: () => undefined,
};

async function spinner(options: {
  stream: NodeJS.WriteStream;
  color: boolean;
  redact: (text: string) => string;
}): Promise<Progress> {
  const { default: ora } = await import('ora');
  // discardStdin would put the terminal into raw mode and swallow Ctrl-C as a key.
  const line: Ora = ora({
    stream: options.stream,
    discardStdin: false,
    ...(options.color ? {} : { color: false }),
  });
  const show = (text: string): string => options.redact(text);
  return {
    start: (text) => void line.start(show(text)),
    update: (text) => {
      line.text = show(text);
      if (!line.isSpinning) line.start();
    },
    done: (text) => {
      if (text === undefined) line.stop();
      else line.stopAndPersist({ symbol: ' ', text: show(text) });
    },
    stop: () => void line.stop(),
  };
}

function lines(options: {
  stream: NodeJS.WriteStream;
  redact: (text: string) => string;
}): Progress {
  let lastAt = 0;
  const write = (text: string): void => {
    lastAt = Date.now();
    options.stream.write(`${options.redact(text)}\n`);
  };
  return {
    start: write,
    update: (text) => {
      if (Date.now() - lastAt >= plainIntervalMs) write(text);
    },
    done: (text) => {
      if (text !== undefined) write(text);
    },
    stop: () => undefined,
  };
}
