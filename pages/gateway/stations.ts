import '../design/tokens.css'
import { mount } from 'svelte'
import Stations from './Stations.svelte'

mount(Stations, { target: document.getElementById('app')! })
