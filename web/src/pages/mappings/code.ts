// CodeMirror for expressions, loaded when the first one is shown. It lives in a shadow root: there its styles are
// constructed sheets, which the policy of the page allows, while it forbids <style>.
import { autocompletion, completionKeymap, startCompletion, type CompletionContext } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { Compartment, EditorState, RangeSetBuilder } from '@codemirror/state'
import {
  Decoration,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view'
import type { Completion } from '$lib/mapping/completion'
import { tokenize } from '$lib/mapping/tokens'

export interface CodeOptions {
  text: string
  language: 'expr' | 'jq'
  placeholder: string
  label: string
  describedBy?: string
  readonly: boolean
  complete: (text: string, caret: number) => Completion | undefined
  onchange: (text: string) => void
}

export interface Code {
  /** Shows another text, unless it is the one there. */
  set(text: string): void
  /** Marks faults at their places. */
  mark(faults: { from: number; to: number; message: string; severity: 'error' | 'warning' }[]): void
  setReadonly(on: boolean): void
  focus(): void
  destroy(): void
}

const kinds = { variable: 'variable', capture: 'constant', function: 'function', member: 'property', word: 'keyword' }

/** Puts an editor of one expression into a host element. */
export function mount(host: HTMLElement, o: CodeOptions): Code {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const locked = new Compartment()
  const lock = (on: boolean) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)]
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        history(),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        placeholder(o.placeholder),
        highlighter(o.language),
        o.language === 'expr' ? completion(o.complete) : [],
        EditorView.contentAttributes.of({
          'aria-label': o.label,
          spellcheck: 'false',
          autocapitalize: 'off',
          ...(o.describedBy ? { 'aria-description': o.describedBy } : {}),
        }),
        EditorView.updateListener.of((u) => u.docChanged && o.onchange(u.state.doc.toString())),
        locked.of(lock(o.readonly)),
        theme(),
      ],
    }),
  })
  return {
    set(text) {
      const now = view.state.doc.toString()
      if (now !== text) view.dispatch({ changes: { from: 0, to: now.length, insert: text } })
    },
    mark(faults) {
      const end = view.state.doc.length
      const list = faults.map((f): Diagnostic => ({ ...f, from: Math.min(f.from, end), to: Math.min(f.to, end) }))
      view.dispatch(setDiagnostics(view.state, list))
    },
    setReadonly: (on) => view.dispatch({ effects: locked.reconfigure(lock(on)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  }
}

function completion(complete: CodeOptions['complete']) {
  return [
    autocompletion({
      icons: false,
      override: [
        (context: CompletionContext) => {
          const found = complete(context.state.doc.toString(), context.pos)
          if (!found || (found.from === context.pos && !context.explicit && !afterDot(context))) return null
          return {
            from: found.from,
            filter: false,
            options: found.options.map((x) => ({
              label: x.label,
              detail: x.detail,
              info: x.info,
              type: kinds[x.kind],
            })),
          }
        },
      ],
    }),
    EditorView.domEventHandlers({
      focus: (_, view) => {
        if (view.state.doc.length === 0 && !view.state.readOnly) startCompletion(view)
      },
    }),
  ]
}

const afterDot = (context: CompletionContext) => context.state.sliceDoc(context.pos - 1, context.pos) === '.'

/** Colours tokens by class; expressions are short, so all of it is done anew with each change. */
function highlighter(language: 'expr' | 'jq') {
  const decorate = (text: string): DecorationSet => {
    const builder = new RangeSetBuilder<Decoration>()
    for (const t of tokenize(text, language)) {
      if (t.kind !== 'space') builder.add(t.from, t.to, Decoration.mark({ class: `t-${t.kind}` }))
    }
    return builder.finish()
  }
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet
      constructor(view: EditorView) {
        this.decorations = decorate(view.state.doc.toString())
      }
      update(u: ViewUpdate) {
        if (u.docChanged) this.decorations = decorate(u.state.doc.toString())
      }
    },
    { decorations: (plugin) => plugin.decorations },
  )
}

function theme() {
  return EditorView.theme({
    '&': {
      font: 'var(--t-mono)',
      color: 'var(--ink)',
      backgroundColor: 'var(--raised)',
      border: '1px solid var(--edge)',
      borderRadius: 'var(--radius)',
    },
    '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
    '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
    '.cm-content': { padding: '7px 0', caretColor: 'var(--ink)', minHeight: '34px' },
    '.cm-line': { padding: '0 10px' },
    '.cm-placeholder': { color: 'var(--soft)' },
    '.t-string': { color: 'var(--good)' },
    '.t-number': { color: 'var(--mqtt)' },
    '.t-call': { color: 'var(--accent)' },
    '.t-word': { color: 'var(--warn)' },
    '.t-operator, .t-comment': { color: 'var(--soft)' },
    '.cm-tooltip': {
      border: '1px solid var(--line)',
      borderRadius: 'var(--radius)',
      backgroundColor: 'var(--raised)',
      boxShadow: 'var(--shadow)',
      overflow: 'hidden',
    },
    '.cm-tooltip-autocomplete ul li': { padding: '3px 10px !important', fontFamily: 'var(--mono)' },
    '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)' },
    '.cm-completionDetail': { color: 'var(--soft)', fontStyle: 'normal', marginLeft: '12px' },
    'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
    '.cm-completionInfo': { padding: '6px 10px', font: 'var(--t-caption)', maxWidth: '260px' },
    '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
    '.cm-tooltip-lint': { font: 'var(--t-caption)' },
    '.cm-diagnostic': { padding: '6px 10px', borderLeftWidth: '3px' },
    '.cm-lintRange-error': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy var(--bad) 1px',
      textUnderlineOffset: '3px',
    },
  })
}
