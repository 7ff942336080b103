// A small static server for the explorer: files of one folder, and perhaps one more that is shown. Only on this machine, unless told
// otherwise; only files that were in the folder when it started, so that no path leads out of it.

import { createServer, type Server, type ServerResponse } from 'node:http'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'

const MIMES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.yaml': 'application/yaml',
}

export interface WebServer {
  readonly address: string
  /** Milliseconds since the last request, or since the start. */
  idleMs(): number
  close(): Promise<void>
}

export interface ExtraFile {
  readonly name: string
  readonly path: string
}

export interface WebServerOptions {
  /** Folder with an index.html. */
  readonly folder: string
  /** Port wanted; another free one is taken when it is in use, and with 0. */
  readonly port: number
  /** More files, each under the name given. */
  readonly extra?: readonly ExtraFile[]
  readonly now: () => number
}

/** Starts serving; rejects when nothing can be listened on. */
export async function serveFolder({ folder, port, extra = [], now }: WebServerOptions): Promise<WebServer> {
  const files = filesOf(folder)
  for (const { name, path } of extra) files.set(`/${name}`, path)
  let last = now()
  const server = createServer((request, response) => {
    last = now()
    const path = decoded(request.url ?? '/')
    const file = files.get(path === '/' ? '/index.html' : path)
    if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'only GET')
    else if (file === undefined) refuse(response, 404, 'no such file')
    else send(response, file, request.method === 'HEAD')
  })
  const actual = await listen(server, port)
  return {
    address: `http://127.0.0.1:${String(actual)}/`,
    idleMs: () => now() - last,
    close: () =>
      new Promise((resolve) => {
        server.close(() => { resolve() })
        server.closeAllConnections()
      }),
  }
}

/** Paths under which the files of a folder are asked for. */
function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return new Map(files.map((name) => [`/${name.split(sep).join('/')}`, join(folder, name)]))
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/, ''))
  } catch {
    return ''
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`)
}

function send(response: ServerResponse, file: string, headOnly: boolean): void {
  const type = MIMES[extname(file)] ?? 'application/octet-stream'
  const { size } = statSync(file)
  response.writeHead(200, { 'content-type': type, 'content-length': size, 'cache-control': 'no-cache' })
  if (headOnly) response.end()
  else createReadStream(file).on('error', () => response.destroy()).pipe(response)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || port === 0) reject(error)
      else listen(server, 0).then(resolve, reject)
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
