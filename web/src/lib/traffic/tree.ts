import { Rate } from './rate'
import type { Message } from './types'

/** How many values a sparkline has. */
const sparks = 40

/** One level of the topic tree. It is a topic when it has a value of its own. */
export class TopicNode {
  children: Map<string, TopicNode> | undefined
  /** Topics at and below this level. */
  topics = 0
  last: TopicValue | undefined
  /** The last numbers, oldest first, where payloads are numbers. */
  numbers: number[] = []
  readonly rate = new Rate()
  private order: TopicNode[] | undefined

  constructor(
    readonly name: string,
    readonly path: string,
    readonly parent: TopicNode | undefined,
  ) {}

  /** The levels below, by name. */
  sorted(): readonly TopicNode[] {
    this.order ??= [...(this.children?.values() ?? [])].sort((a, b) => compare(a.name, b.name))
    return this.order
  }

  child(name: string): TopicNode {
    this.children ??= new Map()
    let node = this.children.get(name)
    if (!node) {
      node = new TopicNode(name, this.parent ? `${this.path}/${name}` : name, this)
      this.children.set(name, node)
      this.order = undefined
    }
    return node
  }

  remove(name: string): void {
    this.children?.delete(name)
    if (this.children?.size === 0) this.children = undefined
    this.order = undefined
  }
}

/** The newest value of a topic. */
export interface TopicValue {
  payload: string
  encoding: 'utf8' | 'base64'
  at: string
  seq: number
  size?: number
  retained?: boolean
}

/** A level as it is drawn. */
export interface TreeRow {
  node: TopicNode
  depth: number
  open: boolean
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** All topics heard of, by level, at most `limit`: the longest unheard is forgotten first. */
export class TopicTree {
  readonly root = new TopicNode('', '', undefined)
  /** Topics in the order they were heard, the longest unheard first. */
  private readonly heard = new Map<string, TopicNode>()
  /** How many topics were forgotten to stay within the limit. */
  forgotten = 0

  constructor(readonly limit = 20_000) {}

  get size(): number {
    return this.heard.size
  }

  /** The node of a topic, if it is known. */
  get(topic: string): TopicNode | undefined {
    return this.heard.get(topic)
  }

  topics(): IterableIterator<string> {
    return this.heard.keys()
  }

  /** Takes a live message that stands for `weight` messages. */
  add(m: Message, weight = 1): void {
    const now = Date.parse(m.at)
    const node = this.set(m.topic, m)
    for (let n: TopicNode | undefined = node; n; n = n.parent) n.rate.add(now, weight)
  }

  /** Takes a last value. An older one than what is there changes nothing. */
  set(topic: string, value: TopicValue): TopicNode {
    const node = this.touch(topic)
    if (node.last && node.last.seq > value.seq) return node
    if (node.last?.seq !== value.seq) remember(node, value)
    node.last = value
    return node
  }

  private touch(topic: string): TopicNode {
    let node = this.heard.get(topic)
    if (node) {
      this.heard.delete(topic)
    } else {
      node = this.root
      for (const level of topic.split('/')) node = node.child(level)
      for (let n: TopicNode | undefined = node; n; n = n.parent) n.topics++
    }
    this.heard.set(topic, node)
    if (this.heard.size > this.limit) this.forgetOldest()
    return node
  }

  private forgetOldest(): void {
    const topic = this.heard.keys().next().value
    if (topic === undefined) return
    this.remove(topic)
    this.forgotten++
  }

  /** Takes a topic away, as when its value was deleted. */
  remove(topic: string): void {
    const node = this.heard.get(topic)
    if (!node) return
    this.heard.delete(topic)
    node.last = undefined
    node.numbers = []
    for (let n: TopicNode | undefined = node; n; n = n.parent) {
      n.topics--
      if (n.topics === 0) n.parent?.remove(n.name)
    }
  }

  clear(): void {
    this.heard.clear()
    this.root.children = undefined
    this.root.remove('')
    this.root.topics = 0
    this.forgotten = 0
  }

  /** The rows to draw: levels under open ones, and with `wanted` only those that lead to such a topic. */
  rows(isOpen: (path: string) => boolean, wanted?: (topic: string, value: TopicValue) => boolean): TreeRow[] {
    const keep = wanted ? this.leading(wanted) : undefined
    const rows: TreeRow[] = []
    const visit = (parent: TopicNode, depth: number) => {
      for (const node of parent.sorted()) {
        if (keep && !keep.has(node)) continue
        const open = node.children !== undefined && isOpen(node.path)
        rows.push({ node, depth, open })
        if (open) visit(node, depth + 1)
      }
    }
    visit(this.root, 0)
    return rows
  }

  /** The nodes on the way to wanted topics. */
  private leading(wanted: (topic: string, value: TopicValue) => boolean): Set<TopicNode> {
    const keep = new Set<TopicNode>()
    for (const [topic, node] of this.heard) {
      if (!node.last || !wanted(topic, node.last)) continue
      for (let n: TopicNode | undefined = node; n && !keep.has(n); n = n.parent) keep.add(n)
    }
    return keep
  }
}

function remember(node: TopicNode, value: TopicValue): void {
  const n = numberOf(value.payload)
  if (n === undefined) return
  if (node.numbers.length >= sparks) node.numbers.shift()
  node.numbers.push(n)
}

/** The number that a payload is, if it is one. */
export function numberOf(payload: string): number | undefined {
  const text = payload.trim()
  if (text === '' || text.length > 32 || !/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return undefined
  return Number(text)
}
