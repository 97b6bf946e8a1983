import '../design/tokens.css'
import { mount } from 'svelte'
import Tablet from './Tablet.svelte'

mount(Tablet, { target: document.getElementById('app')! })
