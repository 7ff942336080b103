// The legend: every state with its colour and texture, drawn by the very code that draws the bars; timers and other marks.

import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { effect } from '@preact/signals'
import { phaseColour, phaseLooks } from '../draw/palette.ts'
import { texturedBox } from '../draw/texture.ts'
import type { ShownPhase } from '../model/model.ts'
import { palette } from '../theme.ts'

function Swatch({ phase }: { readonly phase: ShownPhase }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(
    () =>
      effect(() => {
        const colours = palette.value
        const context = canvas.current?.getContext('2d')
        if (context === undefined || context === null) return
        context.setTransform(2, 0, 0, 2, 0, 0)
        context.clearRect(0, 0, 20, 11)
        const look = { colour: phaseColour(colours, phase), texture: phaseLooks[phase].texture }
        texturedBox(context, { x: 0, y: 0, width: 20, height: 11 }, look, colours)
      }),
    [phase],
  )
  return <canvas ref={canvas} width={40} height={22} class='swatch' aria-hidden='true' />
}

export function Legend(): JSX.Element {
  const phases = (Object.keys(phaseLooks) as ShownPhase[]).filter((phase) => phase !== 'closed')
  return (
    <div class='legend' role='note' aria-label='Legend'>
      {phases.map((phase) => (
        <span key={phase} class='legend-entry'>
          <Swatch phase={phase} />
          {phaseLooks[phase].words}
        </span>
      ))}
      <span class='legend-entry'>
        <i class='mark-reset' /> control channel reset
      </span>
      <span class='legend-entry'>
        <i class='mark-recovery' /> Recovery Time timer
      </span>
      <span class='legend-entry'>
        <i class='mark-retransmit' /> retransmission timer
      </span>
    </div>
  )
}
