/** A progress bar on stderr; silent when stderr is no terminal. */
export interface Progress {
  update(done: number, total: number): void
  clear(): void
}

const WIDTH = 30

export function openProgress(label: string, unit = 'day', stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update: () => undefined, clear: () => undefined }
  let shown = -1
  return {
    update(done, total) {
      const cells = Math.round((WIDTH * done) / total)
      const percent = Math.floor((100 * done) / total)
      if (percent === shown) return
      shown = percent
      stream.write(`\r${label} [${'='.repeat(cells)}${' '.repeat(WIDTH - cells)}] ${percent} % (${unit} ${done} of ${total})`)
    },
    clear: () => void stream.write(`\r${' '.repeat(label.length + WIDTH + 40)}\r`),
  }
}
