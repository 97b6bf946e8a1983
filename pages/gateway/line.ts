import '../design/tokens.css'
import { mount } from 'svelte'
import LineDrawing from './LineDrawing.svelte'

mount(LineDrawing, { target: document.getElementById('app')! })
