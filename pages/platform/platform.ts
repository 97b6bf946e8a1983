import '../design/tokens.css'
import { mount } from 'svelte'
import Platform from './Platform.svelte'

mount(Platform, { target: document.getElementById('app')! })
