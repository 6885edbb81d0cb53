import{C as xi,D as bi,a as tr,c as Le,d as ye,e as er,f as pi,h as nr,j as gi,m as vi,n as $,o as Je,v as rr,w as mi,y as yi}from"./chunk-SK3YNS4F.js";function ze(t,e){if(t===e)return!0;if(t===null||e===null||typeof t!="object"||typeof e!="object"||Object.keys(t).length!==Object.keys(e).length)return!1;for(let n in t)if(e.hasOwnProperty(n)){if(!ze(t[n],e[n]))return!1}else return!1;return!0}function wi(t){return rl(JSON.stringify(t))}function nl(t,e=0){let n=3735928559^e,r=1103547991^e;for(let i=0;i<t.length;i++){let a=t[i];n=Math.imul(n^a,2654435761),r=Math.imul(r^a,1597334677)}return n=Math.imul(n^n>>>16,2246822507),n^=Math.imul(r^r>>>13,3266489909),r=Math.imul(r^r>>>16,2246822507),r^=Math.imul(n^n>>>13,3266489909),[r>>>0,n>>>0]}function rl(t){let e=nl(new TextEncoder().encode(t));return e[0].toString(16).padStart(8,"0")+e[1].toString(16).padStart(8,"0")}function le(t,e,...n){try{if(n.every(r=>r!==void 0)){let r=t[e];if(typeof r=="function")return r(...n)}}catch(r){console.error(r)}}var il=2;function Tn(t){return{clientX:t.clientX,clientY:t.clientY,pageX:t.pageX,pageY:t.pageY,modifiers:{shift:t.shiftKey,ctrl:t.ctrlKey,alt:t.altKey,meta:t.metaKey}}}function Gt(t,e){let n=e,r,i=!1,a=!1,l=u=>{let f=Tn(u);u.preventDefault(),u.stopPropagation(),ol(),i=!0,r&&=(le(r,"up"),void 0);let c=d=>{let g=Tn(d);n.drag&&!r?Math.hypot(f.clientX-g.clientX,f.clientY-g.clientY)>il&&(r=le(n,"drag",f),r&&le(r,"move",g)):r&&le(r,"move",g)},h=d=>{let g=Tn(d);i=!1,window.removeEventListener("mousemove",c),window.removeEventListener("mouseup",h),r?(le(r,"up",d),r=void 0):n.click&&le(n,"click",g)};window.addEventListener("mousemove",c,{passive:!0}),window.addEventListener("mouseup",h,{passive:!0})},s=u=>{if(!i){n.hover&&(le(n,"hover",Tn(u)),a=!0);return}},o=u=>{a&&n.hover&&(le(n,"hover",null),a=!1)};return t.addEventListener("mousedown",l,{passive:!1}),t.addEventListener("mousemove",s,{passive:!0}),t.addEventListener("mouseleave",o,{passive:!0}),{update:u=>{n=u},destroy:()=>{t.removeEventListener("mousedown",l),t.removeEventListener("mousemove",s),t.removeEventListener("mouseleave",o)}}}function ol(){try{document.activeElement&&document.activeElement!==document.body&&document.activeElement.blur?.()}catch{}}var al=Object.create,io=Object.defineProperty,ll=Object.getOwnPropertyDescriptor,sl=Object.getOwnPropertyNames,ul=Object.getPrototypeOf,fl=Object.prototype.hasOwnProperty,cl=(t,e)=>()=>(e||(t((e={exports:{}}).exports,e),t=null),e.exports),dl=(t,e,n,r)=>{if(e&&typeof e=="object"||typeof e=="function")for(var i=sl(e),a=0,l=i.length,s;a<l;a++)s=i[a],!fl.call(t,s)&&s!==n&&io(t,s,{get:(o=>e[o]).bind(null,s),enumerable:!(r=ll(e,s))||r.enumerable});return t},hl=(t,e,n)=>(n=t==null?{}:al(ul(t)),dl(e||!t||!t.__esModule?io(n,"default",{value:t,enumerable:!0}):n,t));function pl(){return!(navigator.gpu==null||navigator.gpu.requestAdapter==null||navigator.gpu.wgslLanguageFeatures==null)}async function gl(){if(!pl())return null;let t=await navigator.gpu.requestAdapter();if(!t)return console.error("Could not request WebGPU adapter"),null;let e=[{requiredLimits:{maxBufferSize:t.limits.maxBufferSize,maxStorageBufferBindingSize:t.limits.maxStorageBufferBindingSize},requiredFeatures:["shader-f16"]},...[512,256,128,64,32].map(n=>({requiredLimits:{maxBufferSize:Math.min(n*1048576,t.limits.maxBufferSize),maxStorageBufferBindingSize:Math.min(n*1048576,t.limits.maxStorageBufferBindingSize)},requiredFeatures:["shader-f16"]}))];for(let n of e)try{return await t.requestDevice(n)}catch(r){console.error(r);continue}return null}function vl(t){return t==0&&(t=4),t%4!=0&&(t+=4-t%4),t}function Jt(t,e,n,r){return(t.buffer==null||t.byteSize!=n||t.usage!=r)&&(t.buffer!=null&&t.buffer.destroy(),t.buffer=e.createBuffer({size:vl(n),usage:r}),t.byteSize=n,t.destroy=()=>{t.buffer?.destroy()}),t.buffer}function ir(t,e,n,r){if(t.buffer!==n||t.data!==r){if(r!=null)if(r.byteLength%4!=0){let i=r.byteLength-r.byteLength%4;if(e.queue.writeBuffer(n,0,r,0,i),r instanceof Uint8Array){let a=new Uint8Array(4);for(let l=0;l<4;l++)i+l<r.length&&(a[l]=r[i+l]);e.queue.writeBuffer(n,i,a)}}else e.queue.writeBuffer(n,0,r,0);else e.queue.writeBuffer(n,0,new ArrayBuffer(n.size));t.buffer=n,t.data=r}return n}function _i(t,e,n,r,i,a){return(t.texture==null||t.width!=n||t.height!=r||t.format!=i||t.usage!=a)&&(t.texture!=null&&t.texture.destroy(),t.texture=e.createTexture({size:[n,r],format:i,usage:a}),t.destroy=()=>{t.texture?.destroy()}),t.texture}var Dt=1024,kt=2048,Fe=4096,Br=8192,ml=16384,kr=32768,Ai=1<<25,Dr=65536,vn=1<<19,oo=1<<20,ln=1<<25,mn=65536,Mi=1<<21,yl=1<<22,Ln=1<<23,Me=Symbol("$state"),ao=Symbol("legacy props"),xl=Symbol(""),lo=Symbol("attributes"),bl=Symbol("class"),gr=Symbol("style"),vr=Symbol("text"),Yn=new class extends Error{name="StaleReactionError";message="The reaction that called `getAbortSignal()` was re-run or destroyed"},wl=!!globalThis.document?.contentType&&globalThis.document.contentType.includes("xml"),so=Array.isArray,_l=Array.prototype.indexOf,zn=Array.prototype.includes,Wn=Array.from,uo=Object.defineProperty,Oe=Object.getOwnPropertyDescriptor,fo=Object.getOwnPropertyDescriptors,Al=Object.prototype,Ml=Array.prototype,Cr=Object.getPrototypeOf,Ei=Object.isExtensible,El=()=>{};function Tl(t){for(var e=0;e<t.length;e++)t[e]()}function co(){var t,e;return{promise:new Promise((n,r)=>{t=n,e=r}),resolve:t,reject:e}}function ho(t){return t===this.v}function po(t,e){return t==t?t!==e||typeof t=="object"&&!!t||typeof t=="function":e==e}function go(t){return!po(t,this.v)}function vo(t){throw Error("https://svelte.dev/e/lifecycle_outside_component")}function Sl(){throw Error("https://svelte.dev/e/async_derived_orphan")}function Rl(t,e,n){throw Error("https://svelte.dev/e/each_key_duplicate")}function Fl(t){throw Error("https://svelte.dev/e/effect_in_teardown")}function Pl(){throw Error("https://svelte.dev/e/effect_in_unowned_derived")}function Bl(t){throw Error("https://svelte.dev/e/effect_orphan")}function kl(){throw Error("https://svelte.dev/e/effect_update_depth_exceeded")}function Dl(){throw Error("https://svelte.dev/e/hydration_failed")}function Cl(t){throw Error("https://svelte.dev/e/props_invalid_value")}function Ul(){throw Error("https://svelte.dev/e/state_descriptors_fixed")}function Ll(){throw Error("https://svelte.dev/e/state_prototype_fixed")}function zl(){throw Error("https://svelte.dev/e/state_unsafe_mutation")}function Il(){throw Error("https://svelte.dev/e/svelte_boundary_reset_onerror")}var Kt=!1,yn=!1,qe={},st=Symbol("uninitialized"),Nl="http://www.w3.org/1999/xhtml",Z=null;function Ve(t){Z=t}function Be(t,e=!1,n){Z={p:Z,i:!1,c:null,e:null,s:t,x:null,r:z,l:yn&&!e?{s:null,u:null,$:[]}:null}}function ke(t){var e=Z,n=e.e;if(n!==null){e.e=null;for(var r of n)Wo(r)}return t!==void 0&&(e.x=t),e.i=!0,Z=e.p,t??{}}function Xe(){return!yn||Z!==null&&Z.l===null}var be=[];function mo(){var t=be;be=[],Tl(t)}function ce(t){if(be.length===0&&!sn){var e=be;queueMicrotask(()=>{e===be&&mo()})}be.push(t)}function Gl(){for(;be.length>0;)mo()}function Ol(){console.warn("https://svelte.dev/e/derived_inert")}function Xn(t){console.warn("https://svelte.dev/e/hydration_mismatch")}function $l(){console.warn("https://svelte.dev/e/svelte_boundary_reset_noop")}var W=!1;function Zt(t){W=t}var V;function _t(t){if(t===null)throw Xn(),qe;return V=t}function xn(){return _t(Ht(V))}function at(t){if(W){if(Ht(V)!==null)throw Xn(),qe;V=t}}function yo(t=1){if(W){for(var e=t,n=V;e--;)n=Ht(n);V=n}}function In(t=!0){for(var e=0,n=V;;){if(n.nodeType===8){var r=n.data;if(r==="]"){if(e===0)return n;--e}else(r==="["||r==="[!"||r[0]==="["&&!isNaN(Number(r.slice(1))))&&(e+=1)}var i=Ht(n);t&&n.remove(),n=i}}function xo(t){if(!t||t.nodeType!==8)throw Xn(),qe;return t.data}function we(t){if(typeof t!="object"||!t||Me in t)return t;let e=Cr(t);if(e!==Al&&e!==Ml)return t;var n=new Map,r=so(t),i=mt(0),a=null,l=Te,s=o=>{if(Te===l)return o();var u=O,f=Te;Ut(null),Pi(l);var c=o();return Ut(u),Pi(f),c};return r&&n.set("length",mt(t.length,a)),new Proxy(t,{defineProperty(o,u,f){(!("value"in f)||f.configurable===!1||f.enumerable===!1||f.writable===!1)&&Ul();var c=n.get(u);return c===void 0?s(()=>{var h=mt(f.value,a);return n.set(u,h),h}):nt(c,f.value,!0),!0},deleteProperty(o,u){var f=n.get(u);if(f===void 0){if(u in o){let c=s(()=>mt(st,a));n.set(u,c),un(i)}}else nt(f,st),un(i);return!0},get(o,u,f){if(u===Me)return t;var c=n.get(u),h=u in o;if(c===void 0&&(!h||Oe(o,u)?.writable)&&(c=s(()=>mt(we(h?o[u]:st),a)),n.set(u,c)),c!==void 0){var d=p(c);return d===st?void 0:d}return Reflect.get(o,u,f)},getOwnPropertyDescriptor(o,u){var f=Reflect.getOwnPropertyDescriptor(o,u);if(f&&"value"in f){var c=n.get(u);c&&(f.value=p(c))}else if(f===void 0){var h=n.get(u),d=h?.v;if(h!==void 0&&d!==st)return{enumerable:!0,configurable:!0,value:d,writable:!0}}return f},has(o,u){if(u===Me)return!0;var f=n.get(u),c=f!==void 0&&f.v!==st||Reflect.has(o,u);return(f!==void 0||z!==null&&(!c||Oe(o,u)?.writable))&&(f===void 0&&(f=s(()=>mt(c?we(o[u]):st,a)),n.set(u,f)),p(f)===st)?!1:c},set(o,u,f,c){var h=n.get(u),d=u in o;if(r&&u==="length")for(var g=f;g<h.v;g+=1){var v=n.get(g+"");v===void 0?g in o&&(v=s(()=>mt(st,a)),n.set(g+"",v)):nt(v,st)}if(h===void 0)(!d||Oe(o,u)?.writable)&&(h=s(()=>mt(void 0,a)),nt(h,we(f)),n.set(u,h));else{d=h.v!==st;var m=s(()=>we(f));nt(h,m)}var b=Reflect.getOwnPropertyDescriptor(o,u);if(b?.set&&b.set.call(c,f),!d){if(r&&typeof u=="string"){var _=n.get("length"),y=Number(u);Number.isInteger(y)&&y>=_.v&&nt(_,y+1)}un(i)}return!0},ownKeys(o){p(i);var u=Reflect.ownKeys(o).filter(h=>{var d=n.get(h);return d===void 0||d.v!==st});for(var[f,c]of n)c.v!==st&&!(f in o)&&u.push(f);return u},setPrototypeOf(){Ll()}})}var Ti,bo,wo,_o;function mr(){if(Ti===void 0){Ti=window,bo=/Firefox/.test(navigator.userAgent);var t=Element.prototype,e=Node.prototype,n=Text.prototype;wo=Oe(e,"firstChild").get,_o=Oe(e,"nextSibling").get,Ei(t)&&(t[bl]=void 0,t[lo]=null,t[gr]=void 0,t.__e=void 0),Ei(n)&&(n[vr]=void 0)}}function Ct(t=""){return document.createTextNode(t)}function Bt(t){return wo.call(t)}function Ht(t){return _o.call(t)}function ut(t,e){if(!W)return Bt(t);var n=Bt(V);if(n===null)n=V.appendChild(Ct());else if(e&&n.nodeType!==3){var r=Ct();return n?.before(r),_t(r),r}return e&&Ur(n),_t(n),n}function xe(t,e=!1){if(!W){var n=Bt(t);return n instanceof Comment&&n.data===""?Ht(n):n}if(e){if(V?.nodeType!==3){var r=Ct();return V?.before(r),_t(r),r}Ur(V)}return V}function K(t,e=1,n=!1){let r=W?V:t;for(var i;e--;)i=r,r=Ht(r);if(!W)return r;if(n){if(r?.nodeType!==3){var a=Ct();return r===null?i?.after(a):r.before(a),_t(a),a}Ur(r)}return _t(r),r}function Ao(t){t.textContent=""}function Mo(){return!Kt||qt!==null?!1:(z.f&kr)!==0}function ql(t,e,n){return e==null||e==="http://www.w3.org/1999/xhtml"?n?document.createElement(t,{is:n}):document.createElement(t):n?document.createElementNS(e,t,{is:n}):document.createElementNS(e,t)}function Ur(t){if(t.nodeValue.length<65536)return;let e=t.nextSibling;for(;e!==null&&e.nodeType===3;)e.remove(),t.nodeValue+=e.nodeValue,e=t.nextSibling}function Eo(t){var e=z;if(e===null)return O.f|=Ln,t;if(!(e.f&32768)&&!(e.f&4))throw t;ue(t,e)}function ue(t,e){for(;e!==null;){if(e.f&128){if(!(e.f&32768))throw t;try{e.b.error(t);return}catch(n){t=n}}e=e.parent}throw t}var Vl=~(kt|Fe|Dt);function rt(t,e){t.f=t.f&Vl|e}function Lr(t){t.f&512||t.deps===null?rt(t,Dt):rt(t,Fe)}function To(t){if(t!==null)for(let e of t)!(e.f&2)||!(e.f&65536)||(e.f^=mn,To(e.deps))}function So(t,e,n){t.f&2048?e.add(t):t.f&4096&&n.add(t),To(t.deps),rt(t,Dt)}var Yl=!1,Sn=!1;function Wl(t){var e=Sn;try{return Sn=!1,[t(),Sn]}finally{Sn=e}}var Rn=null,Ie=null,G=null,yr=null,vt=null,xr=null,sn=!1,or=!1,Ge=null,Cn=null,Si=0,Xl=1,bn=class br{id=Xl++;#t=!1;linked=!0;#e=null;#n=null;async_deriveds=new Map;current=new Map;previous=new Map;#l=new Set;#i=new Set;#a=0;#r=new Map;#s=null;#o=[];#p=[];#u=new Set;#f=new Set;#d=new Map;#v=new Set;is_fork=!1;#c=!1;constructor(){Ie===null?Rn=Ie=this:(Ie.#n=this,this.#e=Ie),Ie=this}#x(){if(this.is_fork)return!0;for(let r of this.#r.keys()){for(var e=r,n=!1;e.parent!==null;){if(this.#d.has(e)){n=!0;break}e=e.parent}if(!n)return!0}return!1}skip_effect(e){this.#d.has(e)||this.#d.set(e,{d:[],m:[]}),this.#v.delete(e)}unskip_effect(e,n=r=>this.schedule(r)){var r=this.#d.get(e);if(r){this.#d.delete(e);for(var i of r.d)rt(i,kt),n(i);for(i of r.m)rt(i,Fe),n(i)}this.#v.add(e)}#m(){this.#t=!0,Si++>1e3&&(this.#g(),Hl());for(let o of this.#u)this.#f.delete(o),rt(o,kt),this.schedule(o);for(let o of this.#f)rt(o,Fe),this.schedule(o);let e=this.#o;this.#o=[],this.apply();var n=Ge=[],r=[],i=Cn=[];for(let o of e)try{this.#b(o,n,r)}catch(u){throw Po(o),this.#x()||this.discard(),u}if(G=null,i.length>0){var a=br.ensure();for(let o of i)a.schedule(o)}if(Ge=null,Cn=null,this.#x()){this.#h(r),this.#h(n);for(let[o,u]of this.#d)Fo(o,u);i.length>0&&G.#m();return}let l=this.#_();if(l){this.#h(r),this.#h(n),l.#w(this);return}this.#u.clear(),this.#f.clear();for(let o of this.#l)o(this);this.#l.clear(),yr=this,Ri(r),Ri(n),yr=null,this.#s?.resolve();var s=G;if(this.#a===0&&(this.#o.length===0||s!==null)&&(this.#g(),Kt&&(this.#y(),G=s)),this.#o.length>0)if(s!==null){let o=s;o.#o.push(...this.#o.filter(u=>!o.#o.includes(u)))}else s=this;s!==null&&s.#m()}#b(e,n,r){e.f^=Dt;for(var i=e.first;i!==null;){var a=i.f,l=(a&96)!=0;if(!(l&&a&1024||a&8192||this.#d.has(i))&&i.fn!==null){l?i.f^=Dt:a&4?n.push(i):Kt&&a&16777224?r.push(i):wn(i)&&(a&16&&this.#f.add(i),We(i));var s=i.first;if(s!==null){i=s;continue}}for(;i!==null;){var o=i.next;if(o!==null){i=o;break}i=i.parent}}}#_(){for(var e=this.#e;e!==null;){if(!e.is_fork){for(let[n,[,r]]of this.current)if(e.current.has(n)&&!r)return e}e=e.#e}return null}#w(e){for(let[r,i]of e.current)!this.previous.has(r)&&e.previous.has(r)&&this.previous.set(r,e.previous.get(r)),this.current.set(r,i);for(let[r,i]of e.async_deriveds){let a=this.async_deriveds.get(r);a&&i.promise.then(a.resolve).catch(a.reject)}this.transfer_effects(e.#u,e.#f);let n=r=>{var i=r.reactions;if(i!==null)for(let s of i){var a=s.f;if(a&2)n(s);else{var l=s;a&4194320&&!this.async_deriveds.has(l)&&(this.#f.delete(l),rt(l,kt),this.schedule(l))}}};for(let r of this.current.keys())n(r);this.oncommit(()=>e.discard()),e.#g(),G=this,this.#m()}#h(e){for(var n=0;n<e.length;n+=1)So(e[n],this.#u,this.#f)}capture(e,n,r=!1){e.v!==st&&!this.previous.has(e)&&this.previous.set(e,e.v),e.f&8388608||(this.current.set(e,[n,r]),vt?.set(e,n)),this.is_fork||(e.v=n)}activate(){G=this}deactivate(){G=null,vt=null}flush(){try{or=!0,G=this,this.#m()}finally{Si=0,xr=null,Ge=null,Cn=null,or=!1,G=null,vt=null,Ee.clear()}}discard(){for(let e of this.#i)e(this);this.#i.clear(),this.#g(),this.#s?.resolve()}register_created_effect(e){this.#p.push(e)}#y(){for(let f=Rn;f!==null;f=f.#n){var e=f.id<this.id,n=[];for(let[c,[h,d]]of this.current){if(f.current.has(c)){var r=f.current.get(c)[0];if(e&&h!==r)f.current.set(c,[h,d]);else continue}n.push(c)}if(e)for(let[c,h]of this.async_deriveds){let d=f.async_deriveds.get(c);d&&h.promise.then(d.resolve).catch(d.reject)}if(f.#t){var i=[...f.current.keys()].filter(c=>!f.current.get(c)[1]&&!this.current.has(c));if(i.length===0)e&&f.discard();else if(n.length>0){if(e)for(let c of this.#v)f.unskip_effect(c,h=>{h.f&4194320?f.schedule(h):f.#h([h])});f.activate();var a=new Set,l=new Map;for(var s of n)Ro(s,i,a,l);l=new Map;var o=[...f.current].filter(([c,h])=>{let d=this.current.get(c);return d?d[0]!==h[0]||d[1]!==h[1]:!0}).map(([c])=>c);if(o.length>0)for(let c of this.#p)!(c.f&155648)&&zr(c,o,l)&&(c.f&4194320?(rt(c,kt),f.schedule(c)):f.#u.add(c));if(f.#o.length>0&&!f.#c){f.apply();for(var u of f.#o)f.#b(u,[],[]);f.#o=[]}f.deactivate()}}}}increment(e,n){if(this.#a+=1,e){let r=this.#r.get(n)??0;this.#r.set(n,r+1)}}decrement(e,n){if(--this.#a,e){let r=this.#r.get(n)??0;r===1?this.#r.delete(n):this.#r.set(n,r-1)}this.#c||(this.#c=!0,ce(()=>{this.#c=!1,this.linked&&this.flush()}))}transfer_effects(e,n){for(let r of e)this.#u.add(r);for(let r of n)this.#f.add(r);e.clear(),n.clear()}oncommit(e){this.#l.add(e)}ondiscard(e){this.#i.add(e)}settled(){return(this.#s??=co()).promise}static ensure(){if(G===null){let e=G=new br;!or&&!sn&&ce(()=>{e.#t||e.flush()})}return G}apply(){if(!Kt||!this.is_fork&&this.#e===null&&this.#n===null){vt=null;return}vt=new Map;for(let[n,[r]]of this.current)vt.set(n,r);for(let n=Rn;n!==null;n=n.#n)if(!(n===this||n.is_fork)){var e=!1;if(n.id<this.id){for(let[r,[,i]]of n.current)if(!i&&this.current.has(r)){e=!0;break}}if(!e)for(let[r,i]of n.previous)vt.has(r)||vt.set(r,i)}}schedule(e){if(xr=e,e.b?.is_pending&&e.f&16777228&&!(e.f&32768)){e.b.defer_effect(e);return}for(var n=e;n.parent!==null;){n=n.parent;var r=n.f;if(Ge!==null&&n===z&&(Kt||(O===null||!(O.f&2))&&!Yl))return;if(r&96){if(!(r&1024))return;n.f^=Dt}}this.#o.push(n)}#g(){if(this.linked){var e=this.#e,n=this.#n;e===null?Rn=n:e.#n=n,n===null?Ie=e:n.#e=e,this.linked=!1}}};function jl(t){var e=sn;sn=!0;try{var n;for(t&&(G!==null&&!G.is_fork&&G.flush(),n=t());;){if(Gl(),G===null)return n;G.flush()}}finally{sn=e}}function Hl(){try{kl()}catch(t){ue(t,xr)}}var qt=null;function Ri(t){var e=t.length;if(e!==0){for(var n=0;n<e;){var r=t[n++];if(!(r.f&24576)&&wn(r)&&(qt=new Set,We(r),r.deps===null&&r.first===null&&r.nodes===null&&r.teardown===null&&r.ac===null&&Ho(r),qt?.size>0)){Ee.clear();for(let i of qt){if(i.f&24576)continue;let a=[i],l=i.parent;for(;l!==null;)qt.has(l)&&(qt.delete(l),a.push(l)),l=l.parent;for(let s=a.length-1;s>=0;s--){let o=a[s];o.f&24576||We(o)}}qt.clear()}}qt=null}}function Ro(t,e,n,r){if(!n.has(t)&&(n.add(t),t.reactions!==null))for(let i of t.reactions){let a=i.f;a&2?Ro(i,e,n,r):a&4194320&&!(a&2048)&&zr(i,e,r)&&(rt(i,kt),Ir(i))}}function zr(t,e,n){let r=n.get(t);if(r!==void 0)return r;if(t.deps!==null)for(let i of t.deps){if(zn.call(e,i))return!0;if(i.f&2&&zr(i,e,n))return n.set(i,!0),!0}return n.set(t,!1),!1}function Ir(t){G.schedule(t)}function Fo(t,e){if(!(t.f&32&&t.f&1024)){t.f&2048?e.d.push(t):t.f&4096&&e.m.push(t),rt(t,Dt);for(var n=t.first;n!==null;)Fo(n,e),n=n.next}}function Po(t){rt(t,Dt);for(var e=t.first;e!==null;)Po(e),e=e.next}function Ql(t){let e=0,n=Pe(0),r;return()=>{$r()&&(p(n),qr(()=>(e===0&&(r=je(()=>t(()=>un(n)))),e+=1,()=>{ce(()=>{--e,e===0&&(r?.(),r=void 0,un(n))})})))}}var Kl=Dr|vn;function Zl(t,e,n,r){new Jl(t,e,n,r)}var Jl=class{parent;is_pending=!1;transform_error;#t;#e=W?V:null;#n;#l;#i;#a=null;#r=null;#s=null;#o=null;#p=0;#u=0;#f=!1;#d=new Set;#v=new Set;#c=null;#x=Ql(()=>(this.#c=Pe(this.#p),()=>{this.#c=null}));constructor(t,e,n,r){this.#t=t,this.#n=e,this.#l=i=>{var a=z;a.b=this,a.f|=128,n(i)},this.parent=z.b,this.transform_error=r??this.parent?.transform_error??(i=>i),this.#i=jn(()=>{if(W){let i=this.#e;xn();let a=i.data==="[!";if(i.data.startsWith("[?")){let l=JSON.parse(i.data.slice(2));this.#b(l)}else a?this.#_():this.#m()}else this.#w()},Kl),W&&(this.#t=V)}#m(){try{this.#a=Pt(()=>this.#l(this.#t))}catch(t){this.error(t)}}#b(t){let e=this.#n.failed;e&&(this.#s=Pt(()=>{e(this.#t,()=>t,()=>()=>{})}))}#_(){let t=this.#n.pending;t&&(this.is_pending=!0,this.#r=Pt(()=>t(this.#t)),ce(()=>{var e=this.#o=document.createDocumentFragment(),n=Ct();e.append(n),this.#a=this.#y(()=>Pt(()=>this.#l(n))),this.#u===0&&(this.#t.before(e),this.#o=null,Se(this.#r,()=>{this.#r=null}),this.#h(G))}))}#w(){try{if(this.is_pending=this.has_pending_snippet(),this.#u=0,this.#p=0,this.#a=Pt(()=>{this.#l(this.#t)}),this.#u>0){var t=this.#o=document.createDocumentFragment();Yr(this.#a,t);let e=this.#n.pending;this.#r=Pt(()=>e(this.#t))}else this.#h(G)}catch(e){this.error(e)}}#h(t){this.is_pending=!1,t.transfer_effects(this.#d,this.#v)}defer_effect(t){So(t,this.#d,this.#v)}is_rendered(){return!this.is_pending&&(!this.parent||this.parent.is_rendered())}has_pending_snippet(){return!!this.#n.pending}#y(t){var e=z,n=O,r=Z;Xt(this.#i),Ut(this.#i),Ve(this.#i.ctx);try{return bn.ensure(),t()}catch(i){return Eo(i),null}finally{Xt(e),Ut(n),Ve(r)}}#g(t,e){if(!this.has_pending_snippet()){this.parent&&this.parent.#g(t,e);return}this.#u+=t,this.#u===0&&(this.#h(e),this.#r&&Se(this.#r,()=>{this.#r=null}),this.#o&&=(this.#t.before(this.#o),null))}update_pending_count(t,e){this.#g(t,e),this.#p+=t,!(!this.#c||this.#f)&&(this.#f=!0,ce(()=>{this.#f=!1,this.#c&&Ye(this.#c,this.#p)}))}get_effect_pending(){return this.#x(),p(this.#c)}error(t){if(!this.#n.onerror&&!this.#n.failed)throw t;G?.is_fork?(this.#a&&G.skip_effect(this.#a),this.#r&&G.skip_effect(this.#r),this.#s&&G.skip_effect(this.#s),G.oncommit(()=>{this.#A(t)})):this.#A(t)}#A(t){this.#a&&=(At(this.#a),null),this.#r&&=(At(this.#r),null),this.#s&&=(At(this.#s),null),W&&(_t(this.#e),yo(),_t(In()));var e=this.#n.onerror;let n=this.#n.failed;var r=!1,i=!1;let a=()=>{if(r){$l();return}r=!0,i&&Il(),this.#s!==null&&Se(this.#s,()=>{this.#s=null}),this.#y(()=>{this.#w()})},l=s=>{try{i=!0,e?.(s,a),i=!1}catch(o){ue(o,this.#i&&this.#i.parent)}n&&(this.#s=this.#y(()=>{try{return Pt(()=>{var o=z;o.b=this,o.f|=128,n(this.#t,()=>s,()=>a)})}catch(o){return ue(o,this.#i.parent),null}}))};ce(()=>{var s;try{s=this.transform_error(t)}catch(o){ue(o,this.#i&&this.#i.parent);return}typeof s=="object"&&s&&typeof s.then=="function"?s.then(l,o=>ue(o,this.#i&&this.#i.parent)):l(s)})}};function ts(t,e,n,r){let i=Xe()?dn:Nr;var a=t.filter(h=>!h.settled);if(n.length===0&&a.length===0){r(e.map(i));return}var l=z,s=es(),o=a.length===1?a[0].promise:a.length>1?Promise.all(a.map(h=>h.promise)):null;function u(h){if(!(l.f&16384)){s();try{r(h)}catch(d){ue(d,l)}Nn()}}var f=Bo();if(n.length===0){o.then(()=>u(e.map(i))).finally(f);return}function c(){Promise.all(n.map(h=>ns(h))).then(h=>u([...e.map(i),...h])).catch(h=>ue(h,l)).finally(f)}o?o.then(()=>{s(),c(),Nn()}):c()}function es(){var t=z,e=O,n=Z,r=G;return function(i=!0){Xt(t),Ut(e),Ve(n),i&&!(t.f&16384)&&(r?.activate(),r?.apply())}}function Nn(t=!0){Xt(null),Ut(null),Ve(null),t&&G?.deactivate()}function Bo(){var t=z,e=t.b,n=G,r=!!e?.is_rendered();return e?.update_pending_count(1,n),n.increment(r,t),()=>{e?.update_pending_count(-1,n),n.decrement(r,t)}}function dn(t){var e=2|kt;return z!==null&&(z.f|=vn),{ctx:Z,deps:null,effects:null,equals:ho,f:e,fn:t,reactions:null,rv:0,v:st,wv:0,parent:z,ac:null}}var Fn=Symbol("obsolete");function ns(t,e,n){let r=z;r===null&&Sl();var i=void 0,a=Pe(st),l=!O,s=new Set;return hs(()=>{var o=z,u=co();i=u.promise;try{Promise.resolve(t()).then(u.resolve,d=>{d!==Yn&&u.reject(d)}).finally(Nn)}catch(d){u.reject(d),Nn()}var f=G;if(l){if(o.f&32768)var c=Bo();if(r.b?.is_rendered())f.async_deriveds.get(o)?.reject(Fn);else for(let d of s.values())d.reject(Fn);s.add(u),f.async_deriveds.set(o,u)}let h=(d,g=void 0)=>{c?.(),s.delete(u),g!==Fn&&(f.activate(),g?(a.f|=Ln,Ye(a,g)):(a.f&8388608&&(a.f^=Ln),Ye(a,d)),f.deactivate())};u.promise.then(h,d=>h(null,d||"unknown"))}),Yo(()=>{for(let o of s)o.reject(Fn)}),new Promise(o=>{function u(f){function c(){f===i?o(a):u(i)}f.then(c,c)}u(i)})}function k(t){let e=dn(t);return Kt||zo(e),e}function Nr(t){let e=dn(t);return e.equals=go,e}function rs(t){var e=t.effects;if(e!==null){t.effects=null;for(var n=0;n<e.length;n+=1)At(e[n])}}function Gr(t){var e,n=z,r=t.parent;if(!ee&&r!==null&&t.v!==st&&r.f&24576)return Ol(),t.v;Xt(r);try{t.f&=~mn,rs(t),e=Oo(t)}finally{Xt(n)}return e}function ko(t){var e=Gr(t);if(!t.equals(e)&&(t.wv=No(),(!G?.is_fork||t.deps===null)&&(G===null?t.v=e:(G.capture(t,e,!0),yr?.capture(t,e,!0)),t.deps===null))){rt(t,Dt);return}ee||(vt===null?Lr(t):($r()||G?.is_fork)&&vt.set(t,e))}function is(t){if(t.effects!==null)for(let e of t.effects)(e.teardown||e.ac)&&(e.teardown?.(),e.ac?.abort(Yn),e.fn!==null&&(e.teardown=El),e.ac=null,hn(e,0),Vr(e))}function Do(t){if(t.effects!==null)for(let e of t.effects)e.teardown&&e.fn!==null&&We(e)}var Gn=new Set,Ee=new Map,Co=!1;function Pe(t,e){return{f:0,v:t,reactions:null,equals:ho,rv:0,wv:0}}function mt(t,e){let n=Pe(t,e);return zo(n),n}function Uo(t,e=!1,n=!0){let r=Pe(t);return e||(r.equals=go),yn&&n&&Z!==null&&Z.l!==null&&(Z.l.s??=[]).push(r),r}function nt(t,e,n=!1){return O!==null&&(!$t||O.f&131072)&&Xe()&&O.f&4325394&&(Vt===null||!Vt.has(t))&&zl(),Ye(t,n?we(e):e,Cn)}function Ye(t,e,n=null){if(!t.equals(e)){Ee.set(t,ee?e:t.v);var r=bn.ensure();if(r.capture(t,e),t.f&2){let i=t;t.f&2048&&Gr(i),vt===null&&Lr(i)}t.wv=No(),Lo(t,kt,n),Xe()&&z!==null&&z.f&1024&&!(z.f&96)&&(Rt===null?ls([t]):Rt.push(t)),!r.is_fork&&Gn.size>0&&!Co&&os()}return e}function os(){Co=!1;for(let t of Gn){t.f&1024&&rt(t,Fe);let e;try{e=wn(t)}catch{e=!0}e&&We(t)}Gn.clear()}function un(t){nt(t,t.v+1)}function Lo(t,e,n){var r=t.reactions;if(r!==null)for(var i=Xe(),a=r.length,l=0;l<a;l++){var s=r[l],o=s.f;if(!(!i&&s===z)){var u=(o&kt)===0;if(u&&rt(s,e),o&131072)Gn.add(s);else if(o&2){var f=s;vt?.delete(f),o&65536||(o&512&&(z===null||!(z.f&2097152))&&(s.f|=mn),Lo(f,Fe,n))}else if(u){var c=s;o&16&&qt!==null&&qt.add(c),n===null?Ir(c):n.push(c)}}}}var as=null;function Or(t){var e=O,n=z;Ut(null),Xt(null);try{return t()}finally{Ut(e),Xt(n)}}var Un=!1,ee=!1;function Fi(t){ee=t}var O=null,$t=!1;function Ut(t){O=t}var z=null;function Xt(t){z=t}var Vt=null;function zo(t){O!==null&&(!Kt||O.f&2)&&(Vt??=new Set).add(t)}var xt=null,Tt=0,Rt=null;function ls(t){Rt=t}var Io=1,_e=0,Te=_e;function Pi(t){Te=t}function No(){return++Io}function wn(t){var e=t.f;if(e&2048)return!0;if(e&2&&(t.f&=~mn),e&4096){for(var n=t.deps,r=n.length,i=0;i<r;i++){var a=n[i];if(wn(a)&&ko(a),a.wv>t.wv)return!0}e&512&&vt===null&&rt(t,Dt)}return!1}function Go(t,e,n=!0){var r=t.reactions;if(r!==null&&!(!Kt&&Vt!==null&&Vt.has(t)))for(var i=0;i<r.length;i++){var a=r[i];a.f&2?Go(a,e,!1):e===a&&(n?rt(a,kt):a.f&1024&&rt(a,Fe),Ir(a))}}function Oo(t){var e=xt,n=Tt,r=Rt,i=O,a=Vt,l=Z,s=$t,o=Te,u=t.f;xt=null,Tt=0,Rt=null,O=u&96?null:t,Vt=null,Ve(t.ctx),$t=!1,Te=++_e,t.ac!==null&&(Or(()=>{t.ac.abort(Yn)}),t.ac=null);try{t.f|=Mi;var f=t.fn,c=f();t.f|=kr;var h=t.deps,d=G?.is_fork;if(xt!==null){var g;if(d||hn(t,Tt),h!==null&&Tt>0)for(h.length=Tt+xt.length,g=0;g<xt.length;g++)h[Tt+g]=xt[g];else t.deps=h=xt;if($r()&&t.f&512)for(g=Tt;g<h.length;g++)(h[g].reactions??=[]).push(t)}else!d&&h!==null&&Tt<h.length&&(hn(t,Tt),h.length=Tt);if(Xe()&&Rt!==null&&!$t&&h!==null&&!(t.f&6146))for(g=0;g<Rt.length;g++)Go(Rt[g],t);if(i!==null&&i!==t){if(_e++,i.deps!==null)for(let v=0;v<n;v+=1)i.deps[v].rv=_e;if(e!==null)for(let v of e)v.rv=_e;Rt!==null&&(r===null?r=Rt:r.push(...Rt))}return t.f&8388608&&(t.f^=Ln),c}catch(v){return Eo(v)}finally{t.f^=Mi,xt=e,Tt=n,Rt=r,O=i,Vt=a,Ve(l),$t=s,Te=o}}function ss(t,e){let n=e.reactions;if(n!==null){var r=_l.call(n,t);if(r!==-1){var i=n.length-1;i===0?n=e.reactions=null:(n[r]=n[i],n.pop())}}if(n===null&&e.f&2&&(xt===null||!zn.call(xt,e))){var a=e;a.f&512&&(a.f^=512,a.f&=~mn),a.v!==st&&Lr(a),is(a),hn(a,0)}}function hn(t,e){var n=t.deps;if(n!==null)for(var r=e;r<n.length;r++)ss(t,n[r])}function We(t){var e=t.f;if(!(e&16384)){rt(t,Dt);var n=z,r=Un;z=t,Un=!0;try{e&16777232?ps(t):Vr(t),jo(t);var i=Oo(t);t.teardown=typeof i=="function"?i:null,t.wv=Io}finally{Un=r,z=n}}}function p(t){var e=(t.f&2)!=0;if(as?.add(t),O!==null&&!$t&&!(z!==null&&z.f&16384)&&(Vt===null||!Vt.has(t))){var n=O.deps;if(O.f&2097152)t.rv<_e&&(t.rv=_e,xt===null&&n!==null&&n[Tt]===t?Tt++:xt===null?xt=[t]:xt.push(t));else{O.deps??=[],zn.call(O.deps,t)||O.deps.push(t);var r=t.reactions;r===null?t.reactions=[O]:zn.call(r,O)||r.push(O)}}if(ee&&Ee.has(t))return Ee.get(t);if(e){var i=t;if(ee){var a=i.v;return(!(i.f&1024)&&i.reactions!==null||qo(i))&&(a=Gr(i)),Ee.set(i,a),a}var l=(i.f&512)==0&&!$t&&O!==null&&(Un||(O.f&512)!=0),s=(i.f&kr)===0;wn(i)&&(l&&(i.f|=512),ko(i)),l&&!s&&(Do(i),$o(i))}if(vt?.has(t))return vt.get(t);if(t.f&8388608)throw t.v;return t.v}function $o(t){if(t.f|=512,t.deps!==null)for(let e of t.deps)(e.reactions??=[]).push(t),e.f&2&&!(e.f&512)&&(Do(e),$o(e))}function qo(t){if(t.v===st)return!0;if(t.deps===null)return!1;for(let e of t.deps)if(Ee.has(e)||e.f&2&&qo(e))return!0;return!1}function je(t){var e=$t;try{return $t=!0,t()}finally{$t=e}}function us(t){if(!(typeof t!="object"||!t||t instanceof EventTarget)){if(Me in t)wr(t);else if(!Array.isArray(t))for(let e in t){let n=t[e];typeof n=="object"&&n&&Me in n&&wr(n)}}}function wr(t,e=new Set){if(typeof t=="object"&&t&&!(t instanceof EventTarget)&&!e.has(t)){e.add(t),t instanceof Date&&t.getTime();for(let r in t)try{wr(t[r],e)}catch{}let n=Cr(t);if(n!==Object.prototype&&n!==Array.prototype&&n!==Map.prototype&&n!==Set.prototype&&n!==Date.prototype){let r=fo(n);for(let i in r){let a=r[i].get;if(a)try{a.call(t)}catch{}}}}}function Vo(t){z===null&&(O===null&&Bl(t),Pl()),ee&&Fl(t)}function fs(t,e){var n=e.last;n===null?e.last=e.first=t:(n.next=t,t.prev=n,e.last=t)}function Qt(t,e){var n=z;n!==null&&n.f&8192&&(t|=Br);var r={ctx:Z,deps:null,nodes:null,f:t|kt|512,first:null,fn:e,last:null,next:null,parent:n,b:n&&n.b,prev:null,teardown:null,wv:0,ac:null};G?.register_created_effect(r);var i=r;if(t&4)Ge===null?bn.ensure().schedule(r):Ge.push(r);else if(e!==null){try{We(r)}catch(l){throw At(r),l}i.deps===null&&i.teardown===null&&i.nodes===null&&i.first===i.last&&!(i.f&524288)&&(i=i.first,t&16&&t&65536&&i!==null&&(i.f|=Dr))}if(i!==null&&(i.parent=n,n!==null&&fs(i,n),O!==null&&O.f&2&&!(t&64))){var a=O;(a.effects??=[]).push(i)}return r}function $r(){return O!==null&&!$t}function Yo(t){let e=Qt(8,null);return rt(e,Dt),e.teardown=t,e}function cs(t){Vo("$effect");var e=z.f;if(!O&&e&32&&Z!==null&&!Z.i){var n=Z;(n.e??=[]).push(t)}else return Wo(t)}function Wo(t){return Qt(4|oo,t)}function fn(t){return Vo("$effect.pre"),Qt(8|oo,t)}function ds(t){bn.ensure();let e=Qt(64|vn,t);return(n={})=>new Promise(r=>{n.outro?Se(e,()=>{At(e),r(void 0)}):(At(e),r(void 0))})}function Xo(t){return Qt(4,t)}function hs(t){return Qt(yl|vn,t)}function qr(t,e=0){return Qt(8|e,t)}function bt(t,e=[],n=[],r=[]){ts(r,e,n,i=>{Qt(8,()=>t(...i.map(p)))})}function jn(t,e=0){return Qt(16|e,t)}function Pt(t){return Qt(32|vn,t)}function jo(t){var e=t.teardown;if(e!==null){let n=ee,r=O;Fi(!0),Ut(null);try{e.call(null)}finally{Fi(n),Ut(r)}}}function Vr(t,e=!1){var n=t.first;for(t.first=t.last=null;n!==null;){let i=n.ac;i!==null&&Or(()=>{i.abort(Yn)});var r=n.next;n.f&64?n.parent=null:At(n,e),n=r}}function ps(t){for(var e=t.first;e!==null;){var n=e.next;e.f&32||At(e),e=n}}function At(t,e=!0){var n=!1;(e||t.f&262144)&&t.nodes!==null&&t.nodes.end!==null&&(gs(t.nodes.start,t.nodes.end),n=!0),rt(t,Ai),Vr(t,e&&!n),hn(t,0);var r=t.nodes&&t.nodes.t;if(r!==null)for(let a of r)a.stop();jo(t),t.f^=Ai,t.f|=ml;var i=t.parent;i!==null&&i.first!==null&&Ho(t),t.next=t.prev=t.teardown=t.ctx=t.deps=t.fn=t.nodes=t.ac=t.b=null}function gs(t,e){for(;t!==null;){var n=t===e?null:Ht(t);t.remove(),t=n}}function Ho(t){var e=t.parent,n=t.prev,r=t.next;n!==null&&(n.next=r),r!==null&&(r.prev=n),e!==null&&(e.first===t&&(e.first=r),e.last===t&&(e.last=n))}function Se(t,e,n=!0){var r=[];Qo(t,r,!0);var i=()=>{n&&At(t),e&&e()},a=r.length;if(a>0){var l=()=>--a||i();for(var s of r)s.out(l)}else i()}function Qo(t,e,n){if(!(t.f&8192)){t.f^=Br;var r=t.nodes&&t.nodes.t;if(r!==null)for(let s of r)(s.is_global||n)&&e.push(s);for(var i=t.first;i!==null;){var a=i.next;if(!(i.f&64)){var l=(i.f&65536)!=0||(i.f&32)!=0&&(t.f&16)!=0;Qo(i,e,l?n:!1)}i=a}}}function On(t){Ko(t,!0)}function Ko(t,e){if(t.f&8192){t.f^=Br,t.f&1024||(rt(t,kt),bn.ensure().schedule(t));for(var n=t.first;n!==null;){var r=n.next,i=(n.f&65536)!=0||(n.f&32)!=0;Ko(n,i?e:!1),n=r}var a=t.nodes&&t.nodes.t;if(a!==null)for(let l of a)(l.is_global||e)&&l.in()}}function Yr(t,e){if(t.nodes)for(var n=t.nodes.start,r=t.nodes.end;n!==null;){var i=n===r?null:Ht(n);e.append(n),n=i}}var on=Symbol("events"),Zo=new Set,_r=new Set;function vs(t,e,n,r={}){function i(a){if(r.capture||Ar.call(e,a),!a.cancelBubble)return Or(()=>n?.call(this,a))}return t.startsWith("pointer")||t.startsWith("touch")||t==="wheel"?ce(()=>{e.addEventListener(t,i,r)}):e.addEventListener(t,i,r),i}function ms(t,e,n,r,i){var a={capture:r,passive:i},l=vs(t,e,n,a);(e===document.body||e===window||e===document||e instanceof HTMLMediaElement)&&Yo(()=>{e.removeEventListener(t,l,a)})}function ys(t,e,n){(e[on]??={})[t]=n}function xs(t){for(var e=0;e<t.length;e++)Zo.add(t[e]);for(var n of _r)n(t)}var Bi=null;function Ar(t){var e=this,n=e.ownerDocument,r=t.type,i=t.composedPath?.()||[],a=i[0]||t.target;Bi=t;var l=0,s=Bi===t&&t[on];if(s){var o=i.indexOf(s);if(o!==-1&&(e===document||e===window)){t[on]=e;return}var u=i.indexOf(e);if(u===-1)return;o<=u&&(l=o)}if(a=i[l]||t.target,a!==e){uo(t,"currentTarget",{configurable:!0,get(){return a||n}});var f=O,c=z;Ut(null),Xt(null);try{for(var h,d=[];a!==null&&a!==e;){try{var g=a[on]?.[r];g!=null&&(!a.disabled||t.target===a)&&g.call(a,t)}catch(v){h?d.push(v):h=v}if(t.cancelBubble)break;l++,a=l<i.length?i[l]:null}if(h){for(let v of d)queueMicrotask(()=>{throw v});throw h}}finally{t[on]=e,delete t.currentTarget,Ut(f),Xt(c)}}}var bs=globalThis?.window?.trustedTypes&&globalThis.window.trustedTypes.createPolicy("svelte-trusted-html",{createHTML:t=>t});function ws(t){return bs?.createHTML(t)??t}function Jo(t){var e=ql("template");return e.innerHTML=ws(t.replaceAll("<!>","<!---->")),e.content}function te(t,e){var n=z;n.nodes===null&&(n.nodes={start:t,end:e,a:null,t:null})}function de(t,e){var n=(e&1)!=0,r=(e&2)!=0,i,a=!t.startsWith("<!>");return()=>{if(W)return te(V,null),V;i===void 0&&(i=Jo(a?t:"<!>"+t),n||(i=Bt(i)));var l=r||bo?document.importNode(i,!0):i.cloneNode(!0);if(n){var s=Bt(l),o=l.lastChild;te(s,o)}else te(l,l);return l}}function _s(t,e,n="svg"){var r=!t.startsWith("<!>"),i=(e&1)!=0,a=`<${n}>${r?t:"<!>"+t}</${n}>`,l;return()=>{if(W)return te(V,null),V;if(!l){var s=Bt(Jo(a));if(i)for(l=document.createDocumentFragment();Bt(s);)l.appendChild(Bt(s));else l=Bt(s)}var o=l.cloneNode(!0);if(i){var u=Bt(o),f=o.lastChild;te(u,f)}else te(o,o);return o}}function he(t,e){return _s(t,e,"svg")}function Ne(){if(W)return te(V,null),V;var t=document.createDocumentFragment(),e=document.createComment(""),n=Ct();return t.append(e,n),te(e,n),t}function Q(t,e){if(W){var n=z;(!(n.f&32768)||n.nodes.end===null)&&(n.nodes.end=V),xn();return}t!==null&&t.before(e)}[..."allowfullscreen.async.autofocus.autoplay.checked.controls.default.disabled.formnovalidate.indeterminate.inert.ismap.loop.multiple.muted.nomodule.novalidate.open.playsinline.readonly.required.reversed.seamless.selected.webkitdirectory.defer.disablepictureinpicture.disableremoteplayback".split(".")];var As=["touchstart","touchmove"];function Ms(t){return As.includes(t)}function cn(t,e){var n=e==null?"":typeof e=="object"?`${e}`:e;n!==(t[vr]??=t.nodeValue)&&(t[vr]=n,t.nodeValue=`${n}`)}function ta(t,e){return ea(t,e)}function Es(t,e){mr(),e.intro=e.intro??!1;let n=e.target,r=W,i=V;try{for(var a=Bt(n);a&&(a.nodeType!==8||a.data!=="[");)a=Ht(a);if(!a)throw qe;Zt(!0),_t(a);let l=ea(t,{...e,anchor:a});return Zt(!1),l}catch(l){if(l instanceof Error&&l.message.split(`
`).some(s=>s.startsWith("https://svelte.dev/e/")))throw l;return l!==qe&&console.warn("Failed to hydrate: ",l),e.recover===!1&&Dl(),mr(),Ao(n),Zt(!1),ta(t,e)}finally{Zt(r),_t(i)}}var Pn=new Map;function ea(t,{target:e,anchor:n,props:r={},events:i,context:a,intro:l=!0,transformError:s}){mr();var o=void 0,u=ds(()=>{var f=n??e.appendChild(Ct());Zl(f,{pending:()=>{}},d=>{Be({});var g=Z;if(a&&(g.c=a),i&&(r.$$events=i),W&&te(d,null),o=t(d,r)||{},W&&(z.nodes.end=V,V===null||V.nodeType!==8||V.data!=="]"))throw Xn(),qe;ke()},s);var c=new Set,h=d=>{for(var g=0;g<d.length;g++){var v=d[g];if(!c.has(v)){c.add(v);var m=Ms(v);for(let y of[e,document]){var b=Pn.get(y);b===void 0&&(b=new Map,Pn.set(y,b));var _=b.get(v);_===void 0?(y.addEventListener(v,Ar,{passive:m}),b.set(v,1)):b.set(v,_+1)}}}};return h(Wn(Zo)),_r.add(h),()=>{for(var d of c)for(let m of[e,document]){var g=Pn.get(m),v=g.get(d);--v==0?(m.removeEventListener(d,Ar),g.delete(d),g.size===0&&Pn.delete(m)):g.set(d,v)}_r.delete(h),f!==n&&f.parentNode?.removeChild(f)}});return Mr.set(o,u),o}var Mr=new WeakMap;function Ts(t,e){let n=Mr.get(t);return n?(Mr.delete(t),n(e)):Promise.resolve()}function Ss(t){return new Rs(t)}var Rs=class{#t;#e;constructor(t){var e=new Map,n=(i,a)=>{var l=Uo(a,!1,!1);return e.set(i,l),l};let r=new Proxy({...t.props||{},$$events:{}},{get(i,a){return p(e.get(a)??n(a,Reflect.get(i,a)))},has(i,a){return a===ao?!0:(p(e.get(a)??n(a,Reflect.get(i,a))),Reflect.has(i,a))},set(i,a,l){return nt(e.get(a)??n(a,l),l),Reflect.set(i,a,l)}});this.#e=(t.hydrate?Es:ta)(t.component,{target:t.target,anchor:t.anchor,props:r,context:t.context,intro:t.intro??!1,recover:t.recover,transformError:t.transformError}),!Kt&&(!t?.props?.$$host||t.sync===!1)&&jl(),this.#t=r.$$events;for(let i of Object.keys(this.#e))i==="$set"||i==="$destroy"||i==="$on"||uo(this,i,{get(){return this.#e[i]},set(a){this.#e[i]=a},enumerable:!0});this.#e.$set=i=>{Object.assign(r,i)},this.#e.$destroy=()=>{Ts(this.#e)}}$set(t){this.#e.$set(t)}$on(t,e){this.#t[t]=this.#t[t]||[];let n=(...r)=>e.call(this,...r);return this.#t[t].push(n),()=>{this.#t[t]=this.#t[t].filter(r=>r!==n)}}$destroy(){this.#e.$destroy()}};typeof window<"u"&&((window.__svelte??={}).v??=new Set).add("5");var na=class{anchor;#t=new Map;#e=new Map;#n=new Map;#l=new Set;#i=!0;constructor(t,e=!0){this.anchor=t,this.#i=e}#a=t=>{if(this.#t.has(t)){var e=this.#t.get(t),n=this.#e.get(e);if(n)On(n),this.#l.delete(e);else{var r=this.#n.get(e);r&&(On(r.effect),this.#e.set(e,r.effect),this.#n.delete(e),r.fragment.lastChild.remove(),this.anchor.before(r.fragment),n=r.effect)}for(let[i,a]of this.#t){if(this.#t.delete(i),i===t)break;let l=this.#n.get(a);l&&(At(l.effect),this.#n.delete(a))}for(let[i,a]of this.#e){if(i===e||this.#l.has(i))continue;let l=()=>{if(Array.from(this.#t.values()).includes(i)){var s=document.createDocumentFragment();Yr(a,s),s.append(Ct()),this.#n.set(i,{effect:a,fragment:s})}else At(a);this.#l.delete(i),this.#e.delete(i)};this.#i||!n?(this.#l.add(i),Se(a,l,!1)):l()}}};#r=t=>{this.#t.delete(t);let e=Array.from(this.#t.values());for(let[n,r]of this.#n)e.includes(n)||(At(r.effect),this.#n.delete(n))};ensure(t,e){var n=G,r=Mo();if(e&&!this.#e.has(t)&&!this.#n.has(t))if(r){var i=document.createDocumentFragment(),a=Ct();i.append(a),this.#n.set(t,{effect:Pt(()=>e(a)),fragment:i})}else this.#e.set(t,Pt(()=>e(this.anchor)));if(this.#t.set(n,t),r){for(let[l,s]of this.#e)l===t?n.unskip_effect(s):n.skip_effect(s);for(let[l,s]of this.#n)l===t?n.unskip_effect(s.effect):n.skip_effect(s.effect);n.oncommit(this.#a),n.ondiscard(this.#r)}else W&&(this.anchor=V),this.#a(n)}};function Wr(t){Z===null&&vo("onMount"),yn&&Z.l!==null?Ps(Z).m.push(t):cs(()=>{let e=je(t);if(typeof e=="function")return e})}function Fs(t){Z===null&&vo("onDestroy"),Wr(()=>()=>je(t))}function Ps(t){var e=t.l;return e.u??={a:[],b:[],m:[]}}function gt(t,e,n=!1){var r;W&&(r=V,xn());var i=new na(t),a=n?Dr:0;function l(s,o){if(W){var u=xo(r);if(s!==parseInt(u.substring(1))){var f=In();_t(f),i.anchor=f,Zt(!1),i.ensure(s,o),Zt(!0);return}}i.ensure(s,o)}jn(()=>{var s=!1;e((o,u=0)=>{s=!0,l(u,o)}),s||l(-1,null)},a)}var Bs=Symbol("NaN");function ks(t,e,n){W&&xn();var r=new na(t),i=!Xe();jn(()=>{var a=e();a!==a&&(a=Bs),i&&typeof a=="object"&&a&&(a={}),r.ensure(a,n)})}function ar(t,e){return e}function Ds(t,e,n){for(var r=[],i=e.length,a,l=e.length,s=0;s<i;s++){let c=e[s];Se(c,()=>{if(a){if(a.pending.delete(c),a.done.add(c),a.pending.size===0){var h=t.outrogroups;Er(t,Wn(a.done)),h.delete(a),h.size===0&&(t.outrogroups=null)}}else--l},!1)}if(l===0){var o=r.length===0&&n!==null;if(o){var u=n,f=u.parentNode;Ao(f),f.append(u),t.items.clear()}Er(t,e,!o)}else a={pending:new Set(e),done:new Set},(t.outrogroups??=new Set).add(a)}function Er(t,e,n=!0){var r;if(t.pending.size>0){r=new Set;for(let l of t.pending.values())for(let s of l)r.add(t.items.get(s).e)}for(var i=0;i<e.length;i++){var a=e[i];r?.has(a)?(a.f|=ln,Yr(a,document.createDocumentFragment())):At(e[i],n)}}var ki;function lr(t,e,n,r,i,a=null){var l=t,s=new Map;if(e&4){var o=t;l=W?_t(Bt(o)):o.appendChild(Ct())}W&&xn();var u=null,f=Nr(()=>{var b=n();return so(b)?b:b==null?[]:Wn(b)}),c,h=new Map,d=!0;function g(b){m.effect.f&16384||(m.pending.delete(b),m.fallback=u,Cs(m,c,l,e,r),u!==null&&(c.length===0?u.f&33554432?(u.f^=ln,an(u,null,l)):On(u):Se(u,()=>{u=null})))}function v(b){m.pending.delete(b)}var m={effect:jn(()=>{c=p(f);var b=c.length;let _=!1;W&&xo(l)==="[!"!=(b===0)&&(l=In(),_t(l),Zt(!1),_=!0);for(var y=new Set,w=G,S=Mo(),B=0;B<b;B+=1){W&&V.nodeType===8&&V.data==="]"&&(l=V,_=!0,Zt(!1));var U=c[B],Y=r(U,B),P=d?null:s.get(Y);P?(P.v&&Ye(P.v,U),P.i&&Ye(P.i,B),S&&w.unskip_effect(P.e)):(P=Us(s,d?l:ki??=Ct(),U,Y,B,i,e,n),d||(P.e.f|=ln),s.set(Y,P)),y.add(Y)}if(b===0&&a&&!u&&(d?u=Pt(()=>a(l)):(u=Pt(()=>a(ki??=Ct())),u.f|=ln)),b>y.size&&Rl("","",""),W&&b>0&&_t(In()),!d)if(h.set(w,y),S){for(let[C,J]of s)y.has(C)||w.skip_effect(J.e);w.oncommit(g),w.ondiscard(v)}else g(w);_&&Zt(!0),p(f)}),flags:e,items:s,pending:h,outrogroups:null,fallback:u};d=!1,W&&(l=V)}function tn(t){for(;t!==null&&!(t.f&32);)t=t.next;return t}function Cs(t,e,n,r,i){var a=(r&8)!=0,l=e.length,s=t.items,o=tn(t.effect.first),u,f=null,c,h=[],d=[],g,v,m,b;if(a)for(b=0;b<l;b+=1)g=e[b],v=i(g,b),m=s.get(v).e,m.f&33554432||(m.nodes?.a?.measure(),(c??=new Set).add(m));for(b=0;b<l;b+=1){if(g=e[b],v=i(g,b),m=s.get(v).e,t.outrogroups!==null)for(let C of t.outrogroups)C.pending.delete(m),C.done.delete(m);if(m.f&8192&&(On(m),a&&(m.nodes?.a?.unfix(),(c??=new Set).delete(m))),m.f&33554432)if(m.f^=ln,m===o)an(m,null,n);else{var _=f?f.next:o;m===t.effect.last&&(t.effect.last=m.prev),m.prev&&(m.prev.next=m.next),m.next&&(m.next.prev=m.prev),se(t,f,m),se(t,m,_),an(m,_,n),f=m,h=[],d=[],o=tn(f.next);continue}if(m!==o){if(u!==void 0&&u.has(m)){if(h.length<d.length){var y=d[0],w;f=y.prev;var S=h[0],B=h[h.length-1];for(w=0;w<h.length;w+=1)an(h[w],y,n);for(w=0;w<d.length;w+=1)u.delete(d[w]);se(t,S.prev,B.next),se(t,f,S),se(t,B,y),o=y,f=B,--b,h=[],d=[]}else u.delete(m),an(m,o,n),se(t,m.prev,m.next),se(t,m,f===null?t.effect.first:f.next),se(t,f,m),f=m;continue}for(h=[],d=[];o!==null&&o!==m;)(u??=new Set).add(o),d.push(o),o=tn(o.next);if(o===null)continue}m.f&33554432||h.push(m),f=m,o=tn(m.next)}if(t.outrogroups!==null){for(let C of t.outrogroups)C.pending.size===0&&(Er(t,Wn(C.done)),t.outrogroups?.delete(C));t.outrogroups.size===0&&(t.outrogroups=null)}if(o!==null||u!==void 0){var U=[];if(u!==void 0)for(m of u)m.f&8192||U.push(m);for(;o!==null;)!(o.f&8192)&&o!==t.fallback&&U.push(o),o=tn(o.next);var Y=U.length;if(Y>0){var P=r&4&&l===0?n:null;if(a){for(b=0;b<Y;b+=1)U[b].nodes?.a?.measure();for(b=0;b<Y;b+=1)U[b].nodes?.a?.fix()}Ds(t,U,P)}}a&&ce(()=>{if(c!==void 0)for(m of c)m.nodes?.a?.apply()})}function Us(t,e,n,r,i,a,l,s){var o=l&1?l&16?Pe(n):Uo(n,!1,!1):null,u=l&2?Pe(i):null;return{v:o,i:u,e:Pt(()=>(a(e,o??n,u??i,s),()=>{t.delete(r)}))}}function an(t,e,n){if(t.nodes)for(var r=t.nodes.start,i=t.nodes.end,a=e&&!(e.f&33554432)?e.nodes.start:n;r!==null;){var l=Ht(r);if(a.before(r),r===i)return;r=l}}function se(t,e,n){e===null?t.effect.first=n:e.next=n,n===null?t.effect.last=e:n.prev=e}function Ft(t,e,n){Xo(()=>{var r=je(()=>e(t,n?.())||{});if(n&&r?.update){var i=!1,a={};qr(()=>{var l=n();us(l),i&&po(a,l)&&(a=l,r.update(l))}),i=!0}if(r?.destroy)return()=>r.destroy()})}function Di(t,e=!1){var n=e?" !important;":";",r="";for(var i of Object.keys(t)){var a=t[i];a!=null&&a!==""&&(r+=" "+i+": "+a+n)}return r}function sr(t){return t[0]!=="-"||t[1]!=="-"?t.toLowerCase():t}function Ls(t,e){if(e){var n="",r,i;if(Array.isArray(e)?(r=e[0],i=e[1]):r=e,t){t=String(t).replaceAll(/\s*\/\*.*?\*\/\s*/g,"").trim();var a=!1,l=0,s=!1,o=[];r&&o.push(...Object.keys(r).map(sr)),i&&o.push(...Object.keys(i).map(sr));var u=0,f=-1;let v=t.length;for(var c=0;c<v;c++){var h=t[c];if(s?h==="/"&&t[c-1]==="*"&&(s=!1):a?a===h&&(a=!1):h==="/"&&t[c+1]==="*"?s=!0:h==='"'||h==="'"?a=h:h==="("?l++:h===")"&&l--,!s&&a===!1&&l===0){if(h===":"&&f===-1)f=c;else if(h===";"||c===v-1){if(f!==-1){var d=sr(t.substring(u,f).trim());if(!o.includes(d)){h!==";"&&c++;var g=t.substring(u,c).trim();n+=" "+g+";"}}u=c+1,f=-1}}}}return r&&(n+=Di(r)),i&&(n+=Di(i,!0)),n=n.trim(),n===""?null:n}return t==null?null:String(t)}function ur(t,e={},n,r){for(var i in n){var a=n[i];e[i]!==a&&(n[i]==null?t.style.removeProperty(i):t.style.setProperty(i,a,r))}}function q(t,e,n,r){var i=t[gr];if(W||i!==e){var a=Ls(e,r);(!W||a!==t.getAttribute("style"))&&(a==null?t.removeAttribute("style"):t.style.cssText=a),t[gr]=e}else r&&(Array.isArray(r)?(ur(t,n?.[0],r[0]),ur(t,n?.[1],r[1],"important")):ur(t,n,r));return r}var zs=Symbol("is custom element"),Is=Symbol("is html"),Ns=wl?"link":"LINK";function M(t,e,n,r){var i=Gs(t);W&&(i[e]=t.getAttribute(e),e==="src"||e==="srcset"||e==="href"&&t.nodeName===Ns)||i[e]!==(i[e]=n)&&(e==="loading"&&(t[xl]=n),n==null?t.removeAttribute(e):typeof n!="string"&&Os(t).includes(e)?t[e]=n:t.setAttribute(e,n))}function Gs(t){return t[lo]??={[zs]:t.nodeName.includes("-"),[Is]:t.namespaceURI===Nl}}var Ci=new Map;function Os(t){var e=t.getAttribute("is")||t.nodeName,n=Ci.get(e);if(n)return n;Ci.set(e,n=[]);for(var r,i=t,a=Element.prototype;a!==i;){for(var l in r=fo(i),r)r[l].set&&l!=="innerHTML"&&l!=="textContent"&&l!=="innerText"&&n.push(l);i=Cr(i)}return n}function fr(t,e){return t===e||t?.[Me]===e}function Tr(t={},e,n,r){var i=Z.r,a=z;return Xo(()=>{var l,s;return qr(()=>{l=s,s=r?.()||[],je(()=>{fr(n(...s),t)||(e(t,...s),l&&fr(n(...l),t)&&e(null,...l))})}),()=>{let o=a;for(;o!==i&&o.parent!==null&&o.parent.f&33554432;)o=o.parent;let u=()=>{s&&fr(n(...s),t)&&e(null,...s)},f=o.teardown;o.teardown=()=>{u(),f?.()}}}),t}function D(t,e,n,r){var i=!yn||(n&2)!=0,a=(n&8)!=0,l=(n&16)!=0,s=r,o=!0,u=void 0,f=()=>l&&i?(u??=dn(r),p(u)):(o&&(o=!1,s=l?je(r):r),s);let c;if(a){var h=Me in t||ao in t;c=Oe(t,e)?.set??(h&&e in t?w=>t[e]=w:void 0)}var d,g=!1;a?[d,g]=Wl(()=>t[e]):d=t[e],d===void 0&&r!==void 0&&(d=f(),c&&(i&&Cl(e),c(d)));var v=i?()=>{var w=t[e];return w===void 0?f():(o=!0,w)}:()=>{var w=t[e];return w!==void 0&&(s=void 0),w===void 0?s:w};if(i&&!(n&4))return v;if(c){var m=t.$$legacy;return(function(w,S){return arguments.length>0?((!i||!S||m||g)&&c(S?v():w),w):v()})}var b=!1,_=(n&1?dn:Nr)(()=>(b=!1,v()));a&&p(_);var y=z;return(function(w,S){if(arguments.length>0){let B=S?p(_):i&&a?we(w):w;return nt(_,B),b=!0,s!==void 0&&(s=B),w}return ee&&b||y.f&16384?_.v:p(_)})}var $s=he('<g><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect><rect role="none"></rect></g>');function qs(t,e){Be(e,!0);let n=k(()=>e.pointLocation(e.value.xMin,e.value.yMin)),r=k(()=>e.pointLocation(e.value.xMax,e.value.yMax));function i(v){return m=>{e.preventHover(!0);let b=[p(n).x,p(n).y,p(r).x,p(r).y];return{move:_=>{let y=_.pageX-m.pageX,w=_.pageY-m.pageY,S=[y,w,y,w].map((Y,P)=>b[P]+Y*v[P]),B=e.coordinateAtPoint(S[0],S[1]),U=e.coordinateAtPoint(S[2],S[3]);e.onChange({xMin:Math.min(B.x,U.x),xMax:Math.max(B.x,U.x),yMin:Math.min(B.y,U.y),yMax:Math.max(B.y,U.y)})},up:()=>{e.preventHover(!1)},cancel:()=>{e.preventHover(!1)}}}}var a=$s(),l=ut(a);q(l,"",{},{stroke:"#fff",fill:"rgba(128,128,128,0.25)",cursor:"move"}),Ft(l,(v,m)=>Gt?.(v,m),()=>({drag:i([1,1,1,1])}));var s=K(l);M(s,"width",8),q(s,"",{},{cursor:"ew-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(s,(v,m)=>Gt?.(v,m),()=>({drag:i([1,0,0,0])}));var o=K(s);M(o,"width",8),q(o,"",{},{cursor:"ew-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(o,(v,m)=>Gt?.(v,m),()=>({drag:i([0,0,1,0])}));var u=K(o);M(u,"height",8),q(u,"",{},{cursor:"ns-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(u,(v,m)=>Gt?.(v,m),()=>({drag:i([0,1,0,0])}));var f=K(u);M(f,"height",8),q(f,"",{},{cursor:"ns-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(f,(v,m)=>Gt?.(v,m),()=>({drag:i([0,0,0,1])}));var c=K(f);M(c,"width",8),M(c,"height",8),q(c,"",{},{cursor:"nesw-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(c,(v,m)=>Gt?.(v,m),()=>({drag:i([1,1,0,0])}));var h=K(c);M(h,"width",8),M(h,"height",8),q(h,"",{},{cursor:"nwse-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(h,(v,m)=>Gt?.(v,m),()=>({drag:i([1,0,0,1])}));var d=K(h);M(d,"width",8),M(d,"height",8),q(d,"",{},{cursor:"nwse-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(d,(v,m)=>Gt?.(v,m),()=>({drag:i([0,1,1,0])}));var g=K(d);M(g,"width",8),M(g,"height",8),q(g,"",{},{cursor:"nesw-resize",stroke:"none",fill:"none","pointer-events":"all"}),Ft(g,(v,m)=>Gt?.(v,m),()=>({drag:i([0,0,1,1])})),at(a),bt((v,m,b,_,y,w,S,B,U,Y,P,C)=>{M(l,"x",v),M(l,"width",m),M(l,"y",b),M(l,"height",_),M(s,"x",p(n).x-8/2),M(s,"y",y),M(s,"height",w),M(o,"x",p(r).x-8/2),M(o,"y",S),M(o,"height",B),M(u,"x",U),M(u,"width",Y),M(u,"y",p(n).y-8/2),M(f,"x",P),M(f,"width",C),M(f,"y",p(r).y-8/2),M(c,"x",p(n).x-8/2),M(c,"y",p(n).y-8/2),M(h,"x",p(n).x-8/2),M(h,"y",p(r).y-8/2),M(d,"x",p(r).x-8/2),M(d,"y",p(n).y-8/2),M(g,"x",p(r).x-8/2),M(g,"y",p(r).y-8/2)},[()=>Math.min(p(n).x,p(r).x),()=>Math.abs(p(n).x-p(r).x),()=>Math.min(p(n).y,p(r).y),()=>Math.abs(p(n).y-p(r).y),()=>Math.min(p(n).y,p(r).y),()=>Math.abs(p(n).y-p(r).y),()=>Math.min(p(n).y,p(r).y),()=>Math.abs(p(n).y-p(r).y),()=>Math.min(p(n).x,p(r).x),()=>Math.abs(p(n).x-p(r).x),()=>Math.min(p(n).x,p(r).x),()=>Math.abs(p(n).x-p(r).x)]),Q(t,a),ke()}function Vs(t,e){let n=!1,r,i,a,l=async o=>{n=!0;try{await t(o)}catch(u){console.error(u)}finally{n=!1}if(r!==void 0){let u=r;r=void 0,s(u)}},s=async o=>{if(n){r=o;return}let u=new Date().getTime();e()&&(i=u);let f=!0;(i==null||u-i<300)&&(f=!1),f?(a&&clearTimeout(a),a=setTimeout(()=>l(o),300)):l(o)};return s}function Ys(t,e){let n=t.x-e.x,r=t.y-e.y;return Math.sqrt(n*n+r*r)}function Ws(t){return"M "+t.map(({x:e,y:n})=>`${e},${n}`).join(" L ")+" Z"}function Xs(t){let e=1/0,n=-1/0,r=1/0,i=-1/0;for(let{x:a,y:l}of t)e=Math.min(e,a),r=Math.min(r,l),n=Math.max(n,a),i=Math.max(i,l);return{xMin:e,yMin:r,xMax:n,yMax:i}}var js=he("<path></path>");function Hs(t,e){Be(e,!0);let n=k(()=>e.value.map(({x:i,y:a})=>e.pointLocation(i,a)));var r=js();q(r,"",{},{stroke:"#fff",fill:"rgba(128,128,128,0.25)"}),bt(i=>M(r,"d",i),[()=>Ws(p(n))]),Q(t,r),ke()}var Qs={marquee:"M7 5a2 2 0 1 1-4 0a2 2 0 0 1 4 0m1-.25c0 .414.336.75.75.75h6.5a.75.75 0 0 0 0-1.5h-6.5a.75.75 0 0 0-.75.75M4.75 8a.75.75 0 0 0-.75.75v6.5a.75.75 0 0 0 1.5 0v-6.5A.75.75 0 0 0 4.75 8m14.5 0a.75.75 0 0 0-.75.75v6.5a.75.75 0 0 0 1.5 0v-6.5a.75.75 0 0 0-.75-.75M8.75 20a.75.75 0 0 1 0-1.5h6.5a.75.75 0 0 1 0 1.5zM5 21a2 2 0 1 0 0-4a2 2 0 0 0 0 4M21 5a2 2 0 1 1-4 0a2 2 0 0 1 4 0m-2 16a2 2 0 1 0 0-4a2 2 0 0 0 0 4",lasso:"M9.703 2.265A10 10 0 0 1 12 2c.79 0 1.559.092 2.297.265a.75.75 0 1 1-.343 1.46A8.5 8.5 0 0 0 12 3.5a8.6 8.6 0 0 0-1.954.225a.75.75 0 1 1-.343-1.46m-1.93 1.47a.75.75 0 0 1-.242 1.033a8.55 8.55 0 0 0-2.763 2.763a.75.75 0 1 1-1.275-.79a10.05 10.05 0 0 1 3.248-3.248a.75.75 0 0 1 1.032.243m8.454 0a.75.75 0 0 1 1.032-.242a10.05 10.05 0 0 1 3.248 3.248a.75.75 0 1 1-1.275.79a8.55 8.55 0 0 0-2.763-2.763a.75.75 0 0 1-.242-1.032m-13.06 5.41a.75.75 0 0 1 .558.901A8.5 8.5 0 0 0 3.5 12c0 .673.078 1.327.225 1.954a.75.75 0 1 1-1.46.343A10 10 0 0 1 2 12c0-.79.092-1.559.265-2.297a.75.75 0 0 1 .902-.559m17.666 0a.75.75 0 0 1 .902.558a10.1 10.1 0 0 1 0 4.595a.75.75 0 1 1-1.46-.343a8.54 8.54 0 0 0-.001-3.908a.75.75 0 0 1 .559-.902M3.736 16.226a.75.75 0 0 1 1.032.242a8.55 8.55 0 0 0 2.763 2.763a.75.75 0 0 1-.79 1.275a10.05 10.05 0 0 1-3.248-3.248a.75.75 0 0 1 .243-1.032m16.685.858a.75.75 0 1 0-1.342-.67l-.002.004l-.015.029l-.069.123a8 8 0 0 1-.289.466a9.6 9.6 0 0 1-.965 1.219c-1.17-1.073-2.756-2.006-4.74-2.006c-2.347 0-3.99 1.203-3.99 2.875S10.653 22 13 22c1.942 0 3.495-.75 4.658-1.645a11.7 11.7 0 0 1 1.315 2.01q.05.099.073.149l.017.035l.004.009a.75.75 0 0 0 1.368-.615c-.087-.183 0-.001 0-.001v-.002l-.003-.004l-.007-.015l-.024-.052l-.091-.184a13.2 13.2 0 0 0-1.538-2.337a11 11 0 0 0 1.525-2.032l.09-.162l.024-.047l.007-.014l.002-.005zM13 17.75c1.433 0 2.644.652 3.616 1.512c-.95.7-2.155 1.238-3.616 1.238c-1.973 0-2.49-.922-2.49-1.375s.517-1.375 2.49-1.375"},Ks=he('<svg width="24" height="24" viewBox="0 0 24 24"><path></path></svg>'),Zs=de("<button><!></button>");function Ui(t,e){let n=D(e,"active",3,!1);var r=Zs();let i;var a=ut(r),l=s=>{var o=Ks();q(o,"",{},{width:"14px",height:"14px"});var u=ut(o);q(u,"",{},{fill:"currentColor"}),at(o),bt(()=>M(u,"d",Qs[e.icon])),Q(s,o)};gt(a,s=>{e.icon!=null&&s(l)}),at(r),bt(()=>{M(r,"title",e.title),i=q(r,"",i,{border:"none",appearance:"none",background:n()?"color-mix(in srgb, currentColor 20%, transparent)":"none","border-radius":"2px",height:"16px",width:"16px",padding:"0",margin:"0","font-family":"inherit","font-size":"1em",color:"currentColor",display:"flex","flex-direction":"row","align-items":"center","justify-content":"center"})}),ys("click",r,function(...s){e.onClick?.apply(this,s)}),Q(t,r)}xs(["click"]);var Js=de('<div><div> </div> <svg height="6px"><line shape-rendering="crispEdges"></line><line shape-rendering="crispEdges"></line><line shape-rendering="crispEdges"></line></svg></div>');function tu(t,e){function n(h,d){let g=Math.log10(d*h),v=Math.round(g),m=[.1,.2,.5,1,2,5,10],b=0,_=1e10;for(let y of m){let w=Math.abs(Math.log10(y)+v-g);w<_&&(b=y,_=w)}return b*10**v}let r=k(()=>n(e.distancePerPoint,30)),i=k(()=>p(r)/e.distancePerPoint);var a=Js();q(a,"",{},{display:"flex","align-items":"center"});var l=ut(a);q(l,"",{},{"padding-right":"4px"});var s=ut(l,!0);at(l);var o=K(l,2),u=ut(o);M(u,"x1",1),M(u,"y1",3),M(u,"y2",3),q(u,"",{},{stroke:"currentColor","stroke-width":"2","stroke-cap":"butt"});var f=K(u);M(f,"x1",1),M(f,"x2",1),M(f,"y1",0),M(f,"y2",6),q(f,"",{},{stroke:"currentColor"});var c=K(f);M(c,"y1",0),M(c,"y2",6),q(c,"",{},{stroke:"currentColor"}),at(o),at(a),bt(h=>{cn(s,h),M(o,"width",`${p(i)+2}px`),M(u,"x2",p(i)+1),M(c,"x1",p(i)+1),M(c,"x2",p(i)+1)},[()=>p(r).toLocaleString()]),Q(t,a)}var eu=de("<div> </div>"),nu=de('<a target="_blank" rel="noopener noreferrer"> </a> <div style="border-right: 1px solid currentColor; margin: 4px 2px; opacity: 0.3; width: 0; height: 10px"></div>',1),ru=de('<div><div><!></div> <div></div> <div><!> <!> <!> <div style="border-right: 1px solid currentColor; margin: 4px 2px; opacity: 0.3; width: 0; height: 10px"></div> <!> <div style="border-right: 1px solid currentColor; margin: 4px 2px; opacity: 0.3; width: 0; height: 10px"></div> <span> </span></div></div>');function iu(t,e){Be(e,!0);let n=D(e,"statusMessage",3,null);var r=ru();let i;var a=ut(r);let l;var s=ut(a),o=y=>{var w=eu();q(w,"",{},{display:"inline-block"});var S=ut(w,!0);at(w),bt(()=>cn(S,n())),Q(y,w)};gt(s,y=>{n()!=null&&y(o)}),at(a);var u=K(a,2);q(u,"",{},{flex:"1 1 0%"});var f=K(u,2);let c;var h=ut(f),d=y=>{var w=nu(),S=xe(w);q(S,"",{},{color:"currentColor","text-decoration":"underline"});var B=ut(S,!0);at(S),yo(2),bt(()=>{M(S,"href",e.resolvedTheme.brandingLink.href),cn(B,e.resolvedTheme.brandingLink.text)}),Q(y,w)};gt(h,y=>{e.resolvedTheme.brandingLink!=null&&y(d)});var g=K(h,2);{let y=k(()=>e.selectionMode=="marquee");Ui(g,{icon:"marquee",get active(){return p(y)},title:"Toggle rectangle selection mode. In normal mode, use shift + drag for rectangle selection.",onClick:()=>e.onSelectionMode(e.selectionMode=="marquee"?"none":"marquee")})}var v=K(g,2);{let y=k(()=>e.selectionMode=="lasso");Ui(v,{icon:"lasso",get active(){return p(y)},title:"Toggle lasso selection mode. In normal mode, use shift + meta + drag for lasso selection.",onClick:()=>e.onSelectionMode(e.selectionMode=="lasso"?"none":"lasso")})}var m=K(v,4);tu(m,{get distancePerPoint(){return e.distancePerPoint}});var b=K(m,4),_=ut(b);at(b),at(f),at(r),bt(y=>{i=q(r,"",i,{"font-size":"12px","line-height":"20px",height:"20px",color:e.resolvedTheme.statusBarTextColor,position:"absolute",bottom:"0px",left:"0px",right:"0px","user-select":"none","font-family":e.resolvedTheme.fontFamily,display:"flex","flex-direction":"row"}),l=q(a,"",l,{flex:"none",display:"flex","flex-direction":"row",gap:"4px",padding:"0px 4px","border-radius":"2px",background:e.resolvedTheme.statusBarBackgroundColor}),c=q(f,"",c,{flex:"none",display:"flex","flex-direction":"row","align-items":"center",gap:"4px",padding:"0px 4px","border-radius":"2px",background:e.resolvedTheme.statusBarBackgroundColor}),cn(_,`${y??""} points`)},[()=>e.pointCount.toLocaleString()]),Q(t,r),ke()}function ou(t){return(e,n)=>{let r=new t(e,n);return{...r.update?{update:r.update.bind(r)}:{},...r.destroy?{destroy:r.destroy.bind(r)}:{}}}}var cr=new WeakMap;function ra(t){let e=typeof t=="function"?t:t.class;if(cr.has(e))return cr.get(e);{let n=ou(e);return cr.set(e,n),n}}function ia(t,e){return typeof t=="function"?e:{...t.props??{},...e}}var au=de("<div><div></div></div>");function lu(t,e){Be(e,!0);let n=D(e,"margin",3,4),r,i,a=k(()=>ra(e.customTooltip)),l=k(()=>ia(e.customTooltip,{tooltip:e.tooltip}));Wr(()=>{fn(()=>{let u=p(a),f=null;return fn(()=>{i.style.left="0px",i.style.top="0px",i.style.pointerEvents=e.allowInteraction?"all":"none",f==null?f=u(i,p(l)):f.update?.(p(l));function c(m,b,_,y){let w=e.location.x,S=e.location.y,B=m/2,U=b+(e.targetHeight+n());w-B<_&&(B=w-_),w-B>y-m&&(B=w-y+m),S-U<2&&(U=-(e.targetHeight+n())),i.style.left=w-B+"px",i.style.top=S-U+"px"}let h=r.getBoundingClientRect(),{width:d,height:g}=i.getBoundingClientRect();c(d,g,2,h.width-2);let v=requestAnimationFrame(()=>{v=null;let m=i.getBoundingClientRect();(m.width!=d||m.height!=g)&&c(m.width,m.height,2,h.width-2)});return()=>{v!=null&&cancelAnimationFrame(v)}}),()=>{f?.destroy?.(),i.replaceChildren()}})});var s=au();q(s,"",{},{position:"absolute",width:"100%"});var o=ut(s);q(o,"",{},{display:"flex",position:"absolute",width:"fit-content",height:"fit-content","z-index":"100"}),Tr(o,u=>i=u,()=>i),at(s),Tr(s,u=>r=u,()=>r),Q(t,s),ke()}function Xr(t,e,n){t.prototype=e.prototype=n,n.constructor=t}function oa(t,e){var n=Object.create(t.prototype);for(var r in e)n[r]=e[r];return n}function _n(){}var pn=.7,$n=1/pn,$e="\\s*([+-]?\\d+)\\s*",gn="\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)\\s*",Yt="\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)%\\s*",su=/^#([0-9a-f]{3,8})$/,uu=RegExp(`^rgb\\(${$e},${$e},${$e}\\)$`),fu=RegExp(`^rgb\\(${Yt},${Yt},${Yt}\\)$`),cu=RegExp(`^rgba\\(${$e},${$e},${$e},${gn}\\)$`),du=RegExp(`^rgba\\(${Yt},${Yt},${Yt},${gn}\\)$`),hu=RegExp(`^hsl\\(${gn},${Yt},${Yt}\\)$`),pu=RegExp(`^hsla\\(${gn},${Yt},${Yt},${gn}\\)$`),Li={aliceblue:15792383,antiquewhite:16444375,aqua:65535,aquamarine:8388564,azure:15794175,beige:16119260,bisque:16770244,black:0,blanchedalmond:16772045,blue:255,blueviolet:9055202,brown:10824234,burlywood:14596231,cadetblue:6266528,chartreuse:8388352,chocolate:13789470,coral:16744272,cornflowerblue:6591981,cornsilk:16775388,crimson:14423100,cyan:65535,darkblue:139,darkcyan:35723,darkgoldenrod:12092939,darkgray:11119017,darkgreen:25600,darkgrey:11119017,darkkhaki:12433259,darkmagenta:9109643,darkolivegreen:5597999,darkorange:16747520,darkorchid:10040012,darkred:9109504,darksalmon:15308410,darkseagreen:9419919,darkslateblue:4734347,darkslategray:3100495,darkslategrey:3100495,darkturquoise:52945,darkviolet:9699539,deeppink:16716947,deepskyblue:49151,dimgray:6908265,dimgrey:6908265,dodgerblue:2003199,firebrick:11674146,floralwhite:16775920,forestgreen:2263842,fuchsia:16711935,gainsboro:14474460,ghostwhite:16316671,gold:16766720,goldenrod:14329120,gray:8421504,green:32768,greenyellow:11403055,grey:8421504,honeydew:15794160,hotpink:16738740,indianred:13458524,indigo:4915330,ivory:16777200,khaki:15787660,lavender:15132410,lavenderblush:16773365,lawngreen:8190976,lemonchiffon:16775885,lightblue:11393254,lightcoral:15761536,lightcyan:14745599,lightgoldenrodyellow:16448210,lightgray:13882323,lightgreen:9498256,lightgrey:13882323,lightpink:16758465,lightsalmon:16752762,lightseagreen:2142890,lightskyblue:8900346,lightslategray:7833753,lightslategrey:7833753,lightsteelblue:11584734,lightyellow:16777184,lime:65280,limegreen:3329330,linen:16445670,magenta:16711935,maroon:8388608,mediumaquamarine:6737322,mediumblue:205,mediumorchid:12211667,mediumpurple:9662683,mediumseagreen:3978097,mediumslateblue:8087790,mediumspringgreen:64154,mediumturquoise:4772300,mediumvioletred:13047173,midnightblue:1644912,mintcream:16121850,mistyrose:16770273,moccasin:16770229,navajowhite:16768685,navy:128,oldlace:16643558,olive:8421376,olivedrab:7048739,orange:16753920,orangered:16729344,orchid:14315734,palegoldenrod:15657130,palegreen:10025880,paleturquoise:11529966,palevioletred:14381203,papayawhip:16773077,peachpuff:16767673,peru:13468991,pink:16761035,plum:14524637,powderblue:11591910,purple:8388736,rebeccapurple:6697881,red:16711680,rosybrown:12357519,royalblue:4286945,saddlebrown:9127187,salmon:16416882,sandybrown:16032864,seagreen:3050327,seashell:16774638,sienna:10506797,silver:12632256,skyblue:8900331,slateblue:6970061,slategray:7372944,slategrey:7372944,snow:16775930,springgreen:65407,steelblue:4620980,tan:13808780,teal:32896,thistle:14204888,tomato:16737095,turquoise:4251856,violet:15631086,wheat:16113331,white:16777215,whitesmoke:16119285,yellow:16776960,yellowgreen:10145074};Xr(_n,jr,{copy(t){return Object.assign(new this.constructor,this,t)},displayable(){return this.rgb().displayable()},hex:zi,formatHex:zi,formatHex8:gu,formatHsl:vu,formatRgb:Ii,toString:Ii});function zi(){return this.rgb().formatHex()}function gu(){return this.rgb().formatHex8()}function vu(){return la(this).formatHsl()}function Ii(){return this.rgb().formatRgb()}function jr(t){var e,n;return t=(t+"").trim().toLowerCase(),(e=su.exec(t))?(n=e[1].length,e=parseInt(e[1],16),n===6?Ni(e):n===3?new wt(e>>8&15|e>>4&240,e>>4&15|e&240,(e&15)<<4|e&15,1):n===8?Bn(e>>24&255,e>>16&255,e>>8&255,(e&255)/255):n===4?Bn(e>>12&15|e>>8&240,e>>8&15|e>>4&240,e>>4&15|e&240,((e&15)<<4|e&15)/255):null):(e=uu.exec(t))?new wt(e[1],e[2],e[3],1):(e=fu.exec(t))?new wt(e[1]*255/100,e[2]*255/100,e[3]*255/100,1):(e=cu.exec(t))?Bn(e[1],e[2],e[3],e[4]):(e=du.exec(t))?Bn(e[1]*255/100,e[2]*255/100,e[3]*255/100,e[4]):(e=hu.exec(t))?$i(e[1],e[2]/100,e[3]/100,1):(e=pu.exec(t))?$i(e[1],e[2]/100,e[3]/100,e[4]):Li.hasOwnProperty(t)?Ni(Li[t]):t==="transparent"?new wt(NaN,NaN,NaN,0):null}function Ni(t){return new wt(t>>16&255,t>>8&255,t&255,1)}function Bn(t,e,n,r){return r<=0&&(t=e=n=NaN),new wt(t,e,n,r)}function mu(t){return t instanceof _n||(t=jr(t)),t?(t=t.rgb(),new wt(t.r,t.g,t.b,t.opacity)):new wt}function aa(t,e,n,r){return arguments.length===1?mu(t):new wt(t,e,n,r??1)}function wt(t,e,n,r){this.r=+t,this.g=+e,this.b=+n,this.opacity=+r}Xr(wt,aa,oa(_n,{brighter(t){return t=t==null?$n:$n**+t,new wt(this.r*t,this.g*t,this.b*t,this.opacity)},darker(t){return t=t==null?pn:pn**+t,new wt(this.r*t,this.g*t,this.b*t,this.opacity)},rgb(){return this},clamp(){return new wt(Re(this.r),Re(this.g),Re(this.b),qn(this.opacity))},displayable(){return-.5<=this.r&&this.r<255.5&&-.5<=this.g&&this.g<255.5&&-.5<=this.b&&this.b<255.5&&0<=this.opacity&&this.opacity<=1},hex:Gi,formatHex:Gi,formatHex8:yu,formatRgb:Oi,toString:Oi}));function Gi(){return`#${Ae(this.r)}${Ae(this.g)}${Ae(this.b)}`}function yu(){return`#${Ae(this.r)}${Ae(this.g)}${Ae(this.b)}${Ae((isNaN(this.opacity)?1:this.opacity)*255)}`}function Oi(){let t=qn(this.opacity);return`${t===1?"rgb(":"rgba("}${Re(this.r)}, ${Re(this.g)}, ${Re(this.b)}${t===1?")":`, ${t})`}`}function qn(t){return isNaN(t)?1:Math.max(0,Math.min(1,t))}function Re(t){return Math.max(0,Math.min(255,Math.round(t)||0))}function Ae(t){return t=Re(t),(t<16?"0":"")+t.toString(16)}function $i(t,e,n,r){return r<=0?t=e=n=NaN:n<=0||n>=1?t=e=NaN:e<=0&&(t=NaN),new Ot(t,e,n,r)}function la(t){if(t instanceof Ot)return new Ot(t.h,t.s,t.l,t.opacity);if(t instanceof _n||(t=jr(t)),!t)return new Ot;if(t instanceof Ot)return t;t=t.rgb();var e=t.r/255,n=t.g/255,r=t.b/255,i=Math.min(e,n,r),a=Math.max(e,n,r),l=NaN,s=a-i,o=(a+i)/2;return s?(l=e===a?(n-r)/s+(n<r)*6:n===a?(r-e)/s+2:(e-n)/s+4,s/=o<.5?a+i:2-a-i,l*=60):s=o>0&&o<1?0:l,new Ot(l,s,o,t.opacity)}function xu(t,e,n,r){return arguments.length===1?la(t):new Ot(t,e,n,r??1)}function Ot(t,e,n,r){this.h=+t,this.s=+e,this.l=+n,this.opacity=+r}Xr(Ot,xu,oa(_n,{brighter(t){return t=t==null?$n:$n**+t,new Ot(this.h,this.s,this.l*t,this.opacity)},darker(t){return t=t==null?pn:pn**+t,new Ot(this.h,this.s,this.l*t,this.opacity)},rgb(){var t=this.h%360+(this.h<0)*360,e=isNaN(t)||isNaN(this.s)?0:this.s,n=this.l,r=n+(n<.5?n:1-n)*e,i=2*n-r;return new wt(dr(t>=240?t-240:t+120,i,r),dr(t,i,r),dr(t<120?t+240:t-120,i,r),this.opacity)},clamp(){return new Ot(qi(this.h),kn(this.s),kn(this.l),qn(this.opacity))},displayable(){return(0<=this.s&&this.s<=1||isNaN(this.s))&&0<=this.l&&this.l<=1&&0<=this.opacity&&this.opacity<=1},formatHsl(){let t=qn(this.opacity);return`${t===1?"hsl(":"hsla("}${qi(this.h)}, ${kn(this.s)*100}%, ${kn(this.l)*100}%${t===1?")":`, ${t})`}`}}));function qi(t){return t=(t||0)%360,t<0?t+360:t}function kn(t){return Math.max(0,Math.min(1,t||0))}function dr(t,e,n){return(t<60?e+(n-e)*t/60:t<180?n:t<240?e+(n-e)*(240-t)/60:e)*255}var Vi=["#1f77b4","#ff7f0e","#2ca02c","#d62728","#9467bd","#8c564b","#e377c2","#7f7f7f","#bcbd22","#17becf"],Dn=["#1f77b4","#aec7e8","#ff7f0e","#ffbb78","#2ca02c","#98df8a","#d62728","#ff9896","#9467bd","#c5b0d5","#8c564b","#c49c94","#e377c2","#f7b6d2","#7f7f7f","#c7c7c7","#bcbd22","#dbdb8d","#17becf","#9edae5"];function An(t){if(t<1&&(t=1),t<=Vi.length)return Vi.slice(0,t);if(t<=Dn.length)return Dn.slice(0,t);{let e=[];for(let n=0;n<t;n++)e[n]=Dn[n%Dn.length];return e}}function Hr(t){let{r:e,g:n,b:r,opacity:i}=aa(t);return{r:e/255,g:n/255,b:r/255,a:i}}function sa(){return[1,0,0,0,1,0,0,0,1]}function Qr(t,e){return[t[0]*e[0]+t[3]*e[1]+t[6]*e[2],t[1]*e[0]+t[4]*e[1]+t[7]*e[2],t[2]*e[0]+t[5]*e[1]+t[8]*e[2],t[0]*e[3]+t[3]*e[4]+t[6]*e[5],t[1]*e[3]+t[4]*e[4]+t[7]*e[5],t[2]*e[3]+t[5]*e[4]+t[8]*e[5],t[0]*e[6]+t[3]*e[7]+t[6]*e[8],t[1]*e[6]+t[4]*e[7]+t[7]*e[8],t[2]*e[6]+t[5]*e[7]+t[8]*e[8]]}function ua(t,e){return[e[0]*t[0]+e[3]*t[1]+e[6]*t[2],e[1]*t[0]+e[4]*t[1]+e[7]*t[2],e[2]*t[0]+e[5]*t[1]+e[8]*t[2]]}function bu(t){return t[0]*t[4]*t[8]-t[0]*t[5]*t[7]-t[1]*t[3]*t[8]+t[1]*t[5]*t[6]+t[2]*t[3]*t[7]-t[2]*t[4]*t[6]}function fa(t){let e=bu(t);return[(t[4]*t[8]-t[5]*t[7])/e,(t[2]*t[7]-t[1]*t[8])/e,(t[1]*t[5]-t[2]*t[4])/e,(t[5]*t[6]-t[3]*t[8])/e,(t[0]*t[8]-t[2]*t[6])/e,(t[2]*t[3]-t[0]*t[5])/e,(t[3]*t[7]-t[4]*t[6])/e,(t[1]*t[6]-t[0]*t[7])/e,(t[0]*t[4]-t[1]*t[3])/e]}var Vn=class{viewport;width;height;_matrix=[0,0,0,0,0,0,0,0,0];_pixel_kx=0;_pixel_bx=0;_pixel_ky=0;_pixel_by=0;constructor(t,e,n){this.viewport=t,this.width=e,this.height=n,this.updateCoefficients()}update(t,e,n){this.viewport=t,this.width=e,this.height=n,this.updateCoefficients()}updateCoefficients(){let{x:t,y:e,scale:n}=this.viewport,r=n,i=n;this.width<this.height?r*=this.height/this.width:i*=this.width/this.height,this._matrix=[r,0,0,0,i,0,-t*r,-e*i,1],this._pixel_kx=this._matrix[0]*this.width/2,this._pixel_bx=(this._matrix[6]+1)*this.width/2,this._pixel_ky=-this._matrix[4]*this.height/2,this._pixel_by=(-this._matrix[7]+1)*this.height/2}matrix(){return this._matrix}scale(){return Math.abs(this._pixel_kx)}pixelLocation(t,e){return{x:t*this._pixel_kx+this._pixel_bx,y:e*this._pixel_ky+this._pixel_by}}coordinateAtPixel(t,e){return{x:(t-this._pixel_bx)/this._pixel_kx,y:(e-this._pixel_by)/this._pixel_ky}}pixelLocationFunction(){let t=this._pixel_kx,e=this._pixel_ky,n=this._pixel_bx,r=this._pixel_by;return(i,a)=>({x:i*t+n,y:a*e+r})}coordinateAtPixelFunction(){let t=this._pixel_kx,e=this._pixel_ky,n=this._pixel_bx,r=this._pixel_by;return(i,a)=>({x:(i-n)/t,y:(a-r)/e})}},Sr=class{_needsRun=!0;_inputs=new Set;_targets=new Set;constructor(t=[]){this._inputs=new Set(t);for(let e of this._inputs)e._targets.add(this)}addInput(t){this._inputs.add(t),t._targets.add(this)}removeInput(t){t._targets.delete(this),this._inputs.delete(t)}run(){if(this._needsRun){for(let t of this._inputs)t.run();this.update(),this._needsRun=!1}}setNeedsRunDownstream(){for(let t of this._targets)t._needsRun||(t._needsRun=!0,t.setNeedsRunDownstream())}update(){}destroy(){for(let t of this._inputs)t._targets.delete(this)}},He=class extends Sr{_value=null;setValue(t){this._value!==t&&(this._value=t,this.setNeedsRunDownstream())}get value(){return this.run(),this._value}},ca=class extends He{constructor(t){super([]),this.setValue(t)}get value(){return super.value}set value(t){this.setValue(t)}},wu=class extends He{fn;constructor(t,e){super(e),this.fn=t}update(){this.setValue(this.fn())}},_u=class extends He{fn;state;constructor(t,e){super(e),this.fn=t,this.state={}}update(){this.setValue(this.fn(this.state))}destroy(){super.destroy(),this.state.destroy&&this.state.destroy(),this.state={}}},Au=class extends He{parent;condition;buildTrue;buildFalse;context=null;currentCondition=null;currentNode=null;constructor(t,e,n,r){super([e]),this.parent=t,this.condition=e,this.buildTrue=n,this.buildFalse=r}update(){(this.currentNode==null||this.currentCondition!==this.condition.value)&&(this.currentNode&&this.removeInput(this.currentNode),this.context?.destroy(),this.context=new Mn(this.parent),this.currentCondition=this.condition.value,this.currentCondition?this.currentNode=this.buildTrue(this.context):this.currentNode=this.buildFalse(this.context),this.addInput(this.currentNode)),this.setValue(this.currentNode.value)}destroy(){super.destroy(),this.context?.destroy()}},Mu=class extends He{parent;input;build;cache;constructor(t,e,n){super([e]),this.parent=t,this.input=e,this.build=n,this.cache=new Map}update(){let t=new Set,e=this.input.value.map(n=>{if(t.add(n),this.cache.has(n)){let r=this.cache.get(n);return r.input.value=n,r.output.value}else{let r=new Mn(this.parent),i=new ca(n),a=this.build(r,i);return this.cache.set(n,{context:r,input:i,output:a}),this.addInput(a),a.value}});for(let[n,r]of this.cache)t.has(n)||(this.cache.delete(n),this.removeInput(r.output),r.context.destroy());this.setValue(e)}destroy(){super.destroy();for(let t of this.cache.values())t.context.destroy()}},Eu=class extends He{parent;input;cases;currentCase=null;currentNode=null;currentContext=null;constructor(t,e,n){super([e]),this.parent=t,this.input=e,this.cases=n}update(){(this.currentNode==null||this.input.value!==this.currentCase)&&(this.currentNode&&this.removeInput(this.currentNode),this.currentContext?.destroy(),this.currentContext=new Mn(this.parent),this.currentCase=this.input.value,this.currentNode=this.cases[this.currentCase](this.currentContext),this.addInput(this.currentNode)),this.setValue(this.currentNode.value)}destroy(){super.destroy(),this.currentContext?.destroy()}},Mn=class da{_children;_nodes;constructor(e=null){this._children=new Set,this._nodes=new Set,e?._children.add(this)}destroy(){for(let e of this._children)e.destroy();for(let e of this._nodes)e.destroy();this._children.clear(),this._nodes.clear()}value(e){let n=new ca(e);return this._nodes.add(n),n}derive(e,n){let r=e.map(a=>a instanceof Sr?a:this.value(a)),i=new wu(()=>n(...r.map(a=>a.value)),r);return this._nodes.add(i),i}statefulDerive(e,n){let r=e.map(a=>a instanceof Sr?a:this.value(a)),i=new _u(a=>n(a,...r.map(l=>l.value)),r);return this._nodes.add(i),i}if(e,n,r){let i=new Au(this,e,n,r);return this._nodes.add(i),i}switch(e,n){let r=new Eu(this,e,n);return this._nodes.add(r),r}map(e,n){let r=new Mu(this,e,n);return this._nodes.add(r),r}assertNotNull(e){return e}subgraph(){return new da(this)}};function jt(t,e,n,r){if(t.program==null||t.vsSource!=n||t.fsSource!=r){t.destroy&&t.destroy();let a=Yi(e,e.VERTEX_SHADER,n),l=Yi(e,e.FRAGMENT_SHADER,r),s=e.createProgram();if(e.attachShader(s,a),e.attachShader(s,l),e.linkProgram(s),!e.getProgramParameter(s,e.LINK_STATUS)){var i=e.getProgramInfoLog(s);throw Error(`failed to link program: ${i}, vertex source: ${n}, fragment source: ${r}`)}t.program=s,t.vsSource=n,t.fsSource=r,t.destroy=()=>{e.deleteProgram(s),e.deleteShader(a),e.deleteShader(l)},t.uniforms={};for(let o of(n+r).matchAll(/uniform +[0-9a-zA-Z_]+ +([0-9a-zA-Z_]+) *(;|\[)/g)){let u=o[1];t.uniforms[u]=e.getUniformLocation(s,u)}}return{program:t.program,uniforms:t.uniforms??{}}}function Yi(t,e,n){let r=t.createShader(e);if(t.shaderSource(r,n),t.compileShader(r),!t.getShaderParameter(r,t.COMPILE_STATUS)){var i=t.getShaderInfoLog(r);throw Error(`failed to compile shader: ${i}, source: ${n}`)}return r}function Wt(t,e,n,r){if(t.buffer==null){let i=e.createBuffer();t.buffer=i,t.destroy=()=>{e.deleteBuffer(i)}}if(t.data!==n){if(t.data=n,e.bindBuffer(e.ARRAY_BUFFER,t.buffer),n instanceof Array)switch(r??"f32"){case"f32":e.bufferData(e.ARRAY_BUFFER,new Float32Array(n),e.STATIC_DRAW);break;case"i32":e.bufferData(e.ARRAY_BUFFER,new Int32Array(n),e.STATIC_DRAW);break;case"u32":e.bufferData(e.ARRAY_BUFFER,new Uint32Array(n),e.STATIC_DRAW);break;case"i16":e.bufferData(e.ARRAY_BUFFER,new Int16Array(n),e.STATIC_DRAW);break;case"u16":e.bufferData(e.ARRAY_BUFFER,new Uint16Array(n),e.STATIC_DRAW);break;case"i8":e.bufferData(e.ARRAY_BUFFER,new Int8Array(n),e.STATIC_DRAW);break;case"u8":e.bufferData(e.ARRAY_BUFFER,new Uint8Array(n),e.STATIC_DRAW);break;default:throw Error("invalid type")}else e.bufferData(e.ARRAY_BUFFER,n,e.STATIC_DRAW);e.bindBuffer(e.ARRAY_BUFFER,null)}return t.buffer}function Tu(t,e,n,r,i){let[a,l,s]={u8:{1:[t.R8,t.RED,t.UNSIGNED_BYTE],2:[t.RG8,t.RG,t.UNSIGNED_BYTE],3:[t.RGB8,t.RGB,t.UNSIGNED_BYTE],4:[t.RGBA8,t.RGBA,t.UNSIGNED_BYTE]},u16:{1:[t.R8,t.RED,t.UNSIGNED_SHORT],2:[t.RG8,t.RG,t.UNSIGNED_SHORT],3:[t.RGB8,t.RGB,t.UNSIGNED_SHORT],4:[t.RGBA8,t.RGBA,t.UNSIGNED_SHORT]},u32:{1:[t.R8,t.RED,t.UNSIGNED_INT],2:[t.RG8,t.RG,t.UNSIGNED_INT],3:[t.RGB8,t.RGB,t.UNSIGNED_INT],4:[t.RGBA8,t.RGBA,t.UNSIGNED_INT]},f32:{1:[t.R32F,t.RED,t.FLOAT],2:[t.RG32F,t.RG,t.FLOAT],3:[t.RGB32F,t.RGB,t.FLOAT],4:[t.RGBA32F,t.RGBA,t.FLOAT]}}[i][r];t.texImage2D(t.TEXTURE_2D,0,a,e,n,0,l,s,null),t.texParameteri(t.TEXTURE_2D,t.TEXTURE_MIN_FILTER,t.LINEAR),t.texParameteri(t.TEXTURE_2D,t.TEXTURE_MAG_FILTER,t.LINEAR),t.texParameteri(t.TEXTURE_2D,t.TEXTURE_WRAP_S,t.CLAMP_TO_EDGE),t.texParameteri(t.TEXTURE_2D,t.TEXTURE_WRAP_T,t.CLAMP_TO_EDGE)}function fe(t,e,n,r,i,a){if(t.framebuffer==null||t.texture==null){let s=e.createFramebuffer(),o=e.createTexture();e.bindFramebuffer(e.FRAMEBUFFER,s),e.bindTexture(e.TEXTURE_2D,o),e.framebufferTexture2D(e.FRAMEBUFFER,e.COLOR_ATTACHMENT0,e.TEXTURE_2D,o,0),e.bindTexture(e.TEXTURE_2D,null),e.bindFramebuffer(e.FRAMEBUFFER,null),t.framebuffer=s,t.texture=o,t.destroy=()=>{e.deleteFramebuffer(s),e.deleteTexture(o)}}let l=`${n},${r},${i},${a}`;return t.cacheKey!=l&&(t.cacheKey=l,e.bindTexture(e.TEXTURE_2D,t.texture),Tu(e,n,r,i,a),e.bindTexture(e.TEXTURE_2D,null)),{framebuffer:t.framebuffer,texture:t.texture,width:n,height:r}}function Su(t){let e=t.squareMaxSize,n=t.samples;return{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment1:`#version 300 es
    precision highp float;
    uniform sampler2D image;
    uniform vec2 resolution;
    uniform vec2 direction;
    in vec2 uv;
    out vec4 outColor;
    void main() {
      vec4 color = vec4(0.0);
      const int count = ${e};
      int i = -count;
      while(i + 1 <= count) {
        color += texture(image, uv + direction * (float(i) + 0.5) / resolution) * 2.0;
        i += 2;
      }
      if (i <= count) {
        color += texture(image, uv + direction * float(count) / resolution);
      }
      outColor = color;
    }
  `,fragment2:`#version 300 es
    precision highp float;
    uniform sampler2D image;
    uniform sampler2D imageBox;
    uniform vec2 resolution;
    uniform float scaler;
    in vec2 uv;
    out vec4 outColor;

    void main() {
      vec4 color = texture(imageBox, uv);
      if (color != vec4(0.0)) {
        ${n.map(({x:r,y:i,w:a})=>`color -= texture(image, uv + vec2(${r.toFixed(8)}, ${i.toFixed(8)}) / resolution) * (${a.toFixed(8)})`).join(";")};
      }
      outColor = color * scaler;
    }
  `}}function Ru(t,e,n){let r=t.derive([n],Fu),i=t.derive([r],Su),a=t.statefulDerive([e,t.derive([i],o=>o.vertex),t.derive([i],o=>o.fragment1)],jt),l=t.statefulDerive([e,t.derive([i],o=>o.vertex),t.derive([i],o=>o.fragment2)],jt),s=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,s,a,l,n,r],(o,u,f,c,h,d)=>(g,v,m)=>{let{width:b,height:_}=v;o.disable(o.BLEND),o.enableVertexAttribArray(0),o.bindBuffer(o.ARRAY_BUFFER,u),o.vertexAttribPointer(0,2,o.FLOAT,!1,0,0),o.bindBuffer(o.ARRAY_BUFFER,null),o.useProgram(f.program),o.uniform2f(f.uniforms.resolution,b,_),o.uniform1i(f.uniforms.image,0),o.bindFramebuffer(o.FRAMEBUFFER,v.framebuffer),o.bindTexture(o.TEXTURE_2D,g),o.uniform2f(f.uniforms.direction,0,1),o.drawArrays(o.TRIANGLE_STRIP,0,4),o.bindFramebuffer(o.FRAMEBUFFER,m.framebuffer),o.bindTexture(o.TEXTURE_2D,v.texture),o.uniform2f(f.uniforms.direction,1,0),o.drawArrays(o.TRIANGLE_STRIP,0,4),o.bindFramebuffer(o.FRAMEBUFFER,v.framebuffer),o.activeTexture(o.TEXTURE1),o.bindTexture(o.TEXTURE_2D,m.texture),o.activeTexture(o.TEXTURE0),o.bindTexture(o.TEXTURE_2D,g),o.useProgram(c.program),o.uniform2f(c.uniforms.resolution,b,_),o.uniform1i(c.uniforms.image,0),o.uniform1i(c.uniforms.imageBox,1);let y=1/d.totalWeight*h*h*Math.PI;o.uniform1f(c.uniforms.scaler,y),o.drawArrays(o.TRIANGLE_STRIP,0,4),o.bindFramebuffer(o.FRAMEBUFFER,null),o.useProgram(null),o.activeTexture(o.TEXTURE1),o.bindTexture(o.TEXTURE_2D,null),o.activeTexture(o.TEXTURE0),o.bindTexture(o.TEXTURE_2D,null),o.disableVertexAttribArray(0)})}function Wi(t,e,n){let r=Math.sqrt(e*e+n*n);if(r<t-Math.sqrt(2)/2)return 1;if(r>t+Math.sqrt(2)/2)return 0;let i=0;for(let a=0;a<2;a++)for(let l=0;l<2;l++){let s=e+(a+.5)/2-.5,o=n+(l+.5)/2-.5;Math.sqrt(s*s+o*o)<t&&(i+=1)}return i/2/2}function Fu(t){let e=Math.floor(t+.5),n=e,r=Wi(t,0,0),i=[];for(let s=-e;s<=e;s++)for(let o=-e;o<=e;o++){let u=r-Wi(t,s,o);if(!(u<=0))if(i.length>0&&s==i[i.length-1].x&&o==i[i.length-1].y+1){let f=i[i.length-1].w,c=u;i[i.length-1].y+=1-f/(f+c),i[i.length-1].w=f+c}else i.push({x:s,y:o,w:u})}i=i.sort((s,o)=>s.y==o.y?s.x-o.x:s.y-o.y);let a=[];for(let{x:s,y:o,w:u}of i)if(a.length>0&&o==a[a.length-1].y&&s==a[a.length-1].x+1){let f=a[a.length-1].w,c=u;a[a.length-1].x+=1-f/(f+c),a[a.length-1].w=f+c}else a.push({x:s,y:o,w:u});let l=-a.reduce((s,o)=>s+o.w,0);return l+=r*(1+n*2)*(1+n*2),{squareMaxSize:n,squareWeight:r,samples:a,totalWeight:l}}function Pu(t){let e;return e=t?`#version 300 es
      precision highp float;
      uniform mat3 matrix;
      layout(location=0) in float x;
      layout(location=1) in float y;
      layout(location=2) in int category;
      out vec4 color;
      void main() {
        gl_Position = vec4(matrix * vec3(x, y, 1), 1);
        if (category == 0) {
          color = vec4(1, 0, 0, 0);
        } else if (category == 1) {
          color = vec4(0, 1, 0, 0);
        } else if (category == 2) {
          color = vec4(0, 0, 1, 0);
        } else if (category == 3) {
          color = vec4(0, 0, 0, 1);
        }
        gl_PointSize = 1.0;
      }
    `:`#version 300 es
      precision highp float;
      uniform mat3 matrix;
      layout(location=0) in float x;
      layout(location=1) in float y;
      out vec4 color;
      void main() {
        gl_Position = vec4(matrix * vec3(x, y, 1), 1);
        color = vec4(1, 0, 0, 0);
        gl_PointSize = 1.0;
      }
    `,{vertex:e,fragment:`#version 300 es
    precision highp float;
    in vec4 color;
    out vec4 outColor;
    void main() {
      outColor = color;
    }
  `}}function Rr(t,e,n,r,i,a){let l=Pu(i!=null),s=t.statefulDerive([e,l.vertex,l.fragment],jt);return t.derive([e,s,n,r,i,a],(o,u,f,c,h,d)=>g=>{o.enable(o.BLEND),o.blendFunc(o.ONE,o.ONE),o.useProgram(u.program),o.enableVertexAttribArray(0),o.bindBuffer(o.ARRAY_BUFFER,f),o.vertexAttribPointer(0,1,o.FLOAT,!1,0,0),o.enableVertexAttribArray(1),o.bindBuffer(o.ARRAY_BUFFER,c),o.vertexAttribPointer(1,1,o.FLOAT,!1,0,0),h!=null&&(o.enableVertexAttribArray(2),o.bindBuffer(o.ARRAY_BUFFER,h),o.vertexAttribIPointer(2,1,o.BYTE,0,0)),o.bindBuffer(o.ARRAY_BUFFER,null),o.uniformMatrix3fv(u.uniforms.matrix,!1,g),o.drawArrays(o.POINTS,0,d),o.disableVertexAttribArray(0),o.disableVertexAttribArray(1),h!=null&&o.disableVertexAttribArray(2),o.useProgram(null)})}function Bu(){return{vertex:`#version 300 es
    precision highp float;
    uniform vec2 xyScaler;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy * xyScaler, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D source;
    uniform float gamma;
    in vec2 uv;
    out vec4 outColor;
    void main() {
      vec4 color = texture(source, uv);
      color.rgb = pow(color.rgb, vec3(1.0 / gamma));
      outColor = color;
    }
  `}}function ha(t,e){let{vertex:n,fragment:r}=Bu(),i=t.statefulDerive([e,n,r],jt),a=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,i,a],(l,s,o)=>(u,f,c,h)=>{l.disable(l.BLEND),l.enableVertexAttribArray(0),l.bindBuffer(l.ARRAY_BUFFER,o),l.vertexAttribPointer(0,2,l.FLOAT,!1,0,0),l.bindBuffer(l.ARRAY_BUFFER,null),l.bindTexture(l.TEXTURE_2D,u),l.useProgram(s.program),l.uniform1i(s.uniforms.source,0),l.uniform2f(s.uniforms.xyScaler,c??1,h??1),l.uniform1f(s.uniforms.gamma,f??2.2),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.useProgram(null),l.bindTexture(l.TEXTURE_2D,null),l.disableVertexAttribArray(0)})}function pa(t){return Math.ceil(t*3)}function ku(t){let e=pa(t),n=[];for(let i=-e;i<=e;i++)n.push(Math.exp(-i*i/t/t/2));let r=n.reduce((i,a)=>i+a,0);return n=n.map(i=>i/r),{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D image;
    uniform vec2 resolution;
    uniform vec2 direction;
    in vec2 uv;
    out vec4 outColor;

    void main() {
      vec4 color = vec4(0.0);
      ${Cu(n).map(([i,a])=>[i-e,a]).map(([i,a])=>`color += texture(image, uv + direction * vec2(${i.toFixed(10)}) / resolution) * ${a.toFixed(10)};`).join(`
`)}
      outColor = color;
    }
  `}}function Du(t,e,n){let r=t.derive([n],ku),i=t.statefulDerive([e,t.derive([r],l=>l.vertex),t.derive([r],l=>l.fragment)],jt),a=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,a,i,n],(l,s,o,u)=>(f,c,h)=>{let{width:d,height:g}=c;l.disable(l.BLEND),l.enableVertexAttribArray(0),l.bindBuffer(l.ARRAY_BUFFER,s),l.vertexAttribPointer(0,2,l.FLOAT,!1,0,0),l.bindBuffer(l.ARRAY_BUFFER,null),l.useProgram(o.program),l.uniform2f(o.uniforms.resolution,d,g),l.uniform1i(o.uniforms.image,0),l.bindFramebuffer(l.FRAMEBUFFER,h.framebuffer),l.bindTexture(l.TEXTURE_2D,f),l.uniform2f(o.uniforms.direction,0,1),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.bindFramebuffer(l.FRAMEBUFFER,c.framebuffer),l.bindTexture(l.TEXTURE_2D,h.texture),l.uniform2f(o.uniforms.direction,1,0),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.bindFramebuffer(l.FRAMEBUFFER,null),l.useProgram(null),l.bindTexture(l.TEXTURE_2D,null),l.disableVertexAttribArray(0)})}function Cu(t){let e=[];for(let n=0;n<t.length;n+=2)if(n+1<t.length){let r=t[n],i=t[n+1],a=1-r/(r+i);if(a>=0&&a<=1){let l=r+i;l!=0&&e.push([n+a,l])}else e.push([n,t[n]]),e.push([n+1,t[n+1]])}else e.push([n,t[n]]);return e}function Uu(t){return Math.ceil(t*3)}function Lu(){return{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D image;
    uniform vec2 resolution;
    uniform vec2 direction;
    in vec2 uv;
    out vec4 outColor;

    uniform float weight0;
    uniform vec3 distances;
    uniform vec3 weights;

    void main() {
      vec4 color = texture(image, uv) * weight0;
      if (weights.x != 0.0) {
        color += texture(image, uv + direction * vec2(distances.x) / resolution) * weights.x;
        color += texture(image, uv - direction * vec2(distances.x) / resolution) * weights.x;
      }
      if (weights.y != 0.0) {
        color += texture(image, uv + direction * vec2(distances.y) / resolution) * weights.y;
        color += texture(image, uv - direction * vec2(distances.y) / resolution) * weights.y;
      }
      if (weights.z != 0.0) {
        color += texture(image, uv + direction * vec2(distances.z) / resolution) * weights.z;
        color += texture(image, uv - direction * vec2(distances.z) / resolution) * weights.z;
      }
      outColor = color;
    }
  `}}function zu(t,e,n){let{vertex:r,fragment:i}=Lu(),a=t.statefulDerive([e,r,i],jt),l=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,l,a],(s,o,u)=>(f,c,h)=>{let{width:d,height:g}=c;s.disable(s.BLEND),s.enableVertexAttribArray(0),s.bindBuffer(s.ARRAY_BUFFER,o),s.vertexAttribPointer(0,2,s.FLOAT,!1,0,0),s.bindBuffer(s.ARRAY_BUFFER,null),s.useProgram(u.program),s.uniform2f(u.uniforms.resolution,d,g),s.uniform1i(u.uniforms.image,0);let v=f,m=h,b=c;for(let _=0;_<2;_++){s.uniform2f(u.uniforms.direction,_,1-_);for(let[y,w,S]of Iu){s.bindFramebuffer(s.FRAMEBUFFER,m.framebuffer),s.bindTexture(s.TEXTURE_2D,v),s.uniform1fv(u.uniforms.weight0,w),s.uniform3fv(u.uniforms.distances,y),s.uniform3fv(u.uniforms.weights,S),s.drawArrays(s.TRIANGLE_STRIP,0,4),v=m.texture;let B=m;m=b,b=B}}s.bindFramebuffer(s.FRAMEBUFFER,null),s.useProgram(null),s.bindTexture(s.TEXTURE_2D,null),s.disableVertexAttribArray(0)})}var Iu=[[[1,2,3],[.2288468365182578],[.18230006506971572,.1356122230111784,.06766429365997693]],[[2,6,10],[.09116254014100238],[.23317759354726447,.18385867277788717,.03738246360434722]],[[3,10,20],[.2950645715317288],[.010918865853671198,.23773695670296047,.10381189167750389]],[[4,16,30],[.20085957073474772],[.14463019087130788,.17934533765938643,.07559468610193185]]];function Nu(){return{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D source;
    uniform vec2 resolution;
    uniform float densityScaler;
    uniform float quantizationStep;
    uniform vec4 channelMask;
    uniform vec4 color;
    uniform float globalAlpha;

    in vec2 uv;
    out vec4 outColor;

    float sample_density(vec2 uv) {
      float d = dot(texture(source, uv), channelMask) * densityScaler;
      d = min(1.0, max(0.0, d));
      d = floor(d / quantizationStep);
      return d;
    }

    void main() {
      // Run the Sobel operator.
      float v = sample_density(uv);
      float v11 = sample_density(uv + vec2(-1, -1) / resolution);
      float v12 = sample_density(uv + vec2(-1,  0) / resolution);
      float v13 = sample_density(uv + vec2(-1, +1) / resolution);
      float v21 = sample_density(uv + vec2( 0, -1) / resolution);
      float v23 = sample_density(uv + vec2( 0, +1) / resolution);
      float v31 = sample_density(uv + vec2(+1, -1) / resolution);
      float v32 = sample_density(uv + vec2(+1,  0) / resolution);
      float v33 = sample_density(uv + vec2(+1, +1) / resolution);
      float gx = v11 + v12 * 2.0 + v13 - v31 - v32 * 2.0 - v33;
      float gy = v11 + v21 * 2.0 + v31 - v13 - v23 * 2.0 - v33;
      // Derive alpha value from the result.
      float alpha = length(vec2(gx, gy)) * 0.2;
      alpha = min(1.0, max(0.0, alpha));
      outColor = color * alpha * globalAlpha;
    }
  `}}function Gu(t,e){let{vertex:n,fragment:r}=Nu(),i=t.statefulDerive([e,n,r],jt),a=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,i,a],(l,s,o)=>(u,f,c,h,d,g)=>{l.enable(l.BLEND),l.blendFunc(l.ONE,l.ONE_MINUS_SRC_ALPHA),l.enableVertexAttribArray(0),l.bindBuffer(l.ARRAY_BUFFER,o),l.vertexAttribPointer(0,2,l.FLOAT,!1,0,0),l.bindBuffer(l.ARRAY_BUFFER,null),l.bindTexture(l.TEXTURE_2D,u.texture),l.useProgram(s.program),l.uniform1i(s.uniforms.source,0),l.uniform2f(s.uniforms.resolution,u.width,u.height),l.uniform1f(s.uniforms.densityScaler,f),l.uniform1f(s.uniforms.quantizationStep,c),l.uniform1f(s.uniforms.globalAlpha,h),l.uniform4fv(s.uniforms.channelMask,d),l.uniform4fv(s.uniforms.color,g),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.useProgram(null),l.bindTexture(l.TEXTURE_2D,null),l.disableVertexAttribArray(0)})}function Ou(){return{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
    `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D source;
    uniform vec2 resolution;
    uniform float densityScaler;
    uniform float quantizationStep;

    uniform mat4 colorMatrix;
    uniform int isDarkMode;
    uniform float globalAlpha;

    in vec2 uv;
    out vec4 outColor;

    /* Combine alphas with symmetric blending equation f(a, b) = a + b - ab. */
    float combine_alphas(vec4 alphas) {
      float r = alphas.x + alphas.y - alphas.x * alphas.y;
      r = r + alphas.z - r * alphas.z;
      r = r + alphas.w - r * alphas.w;
      return r;
    }

    void main() {
      vec4 density = texture(source, uv) * densityScaler;

      if (density.x > 1.0 || density.y > 1.0 || density.z > 1.0 || density.w > 1.0) {
        density = density / max(max(max(density.x, density.y), density.z), density.w);
      } else {
        density = floor(density / quantizationStep) * quantizationStep;
      }

      if (density.x + density.y + density.z + density.w == 0.0) {
        discard;
      }

      float alpha = combine_alphas(density);

      density *= alpha / (density.x + density.y + density.z + density.w);

      vec3 c1 = colorMatrix[0].rgb * density.x;
      vec3 c2 = colorMatrix[1].rgb * density.y;
      vec3 c3 = colorMatrix[2].rgb * density.z;
      vec3 c4 = colorMatrix[3].rgb * density.w;
      vec3 c;

      if (isDarkMode == 0) {
        c = vec3(1.0) - alpha + c1 + c2 + c3 + c4;
      } else {
        c = c1 + c2 + c3 + c4;
      }

      outColor = vec4(c, 1.0) * alpha * globalAlpha;
    }
  `}}function $u(t,e){let{vertex:n,fragment:r}=Ou(),i=t.statefulDerive([e,n,r],jt),a=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,i,a],(l,s,o)=>(u,f,c,h,d,g)=>{l.enable(l.BLEND),l.blendFunc(l.ONE,l.ONE_MINUS_SRC_ALPHA),l.enableVertexAttribArray(0),l.bindBuffer(l.ARRAY_BUFFER,o),l.vertexAttribPointer(0,2,l.FLOAT,!1,0,0),l.bindBuffer(l.ARRAY_BUFFER,null),l.bindTexture(l.TEXTURE_2D,u.texture),l.useProgram(s.program),l.uniform1i(s.uniforms.source,0),l.uniform2f(s.uniforms.resolution,u.width,u.height),l.uniform1f(s.uniforms.densityScaler,f),l.uniform1f(s.uniforms.quantizationStep,c),l.uniform1f(s.uniforms.globalAlpha,h),l.uniform1i(s.uniforms.isDarkMode,+(g=="dark")),l.uniformMatrix4fv(s.uniforms.colorMatrix,!1,d),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.useProgram(null),l.bindTexture(l.TEXTURE_2D,null),l.disableVertexAttribArray(0)})}function qu(t){let e;return e=t?`#version 300 es
      precision highp float;
      uniform mat3 matrix;
      uniform float point_size;
      uniform float alpha;
      uniform vec4 colorScheme[64];

      layout(location=0) in float x;
      layout(location=1) in float y;
      layout(location=2) in int category;

      out vec4 color;

      void main() {
        gl_Position = vec4(matrix * vec3(x, y, 1), 1);
        if (category < 64) {
          color = colorScheme[category];
        } else {
          color = vec4(0.5, 0.5, 0.5, 1);
        }
        color *= alpha;
        gl_PointSize = point_size;
      }
    `:`#version 300 es
      precision highp float;
      uniform mat3 matrix;
      uniform float point_size;
      uniform vec4 colorScheme;
      uniform float alpha;

      layout(location=0) in float x;
      layout(location=1) in float y;

      out vec4 color;

      void main() {
        gl_Position = vec4(matrix * vec3(x, y, 1), 1);
        color = colorScheme;
        color *= alpha;
        gl_PointSize = point_size;
      }
    `,{vertex:e,fragment:`#version 300 es
    precision highp float;
    uniform float point_size;
    in vec4 color;
    out vec4 outColor;
    void main() {
      float r = length(gl_PointCoord.xy - vec2(0.5, 0.5)) * point_size;
      float a = max(0.0, min(1.0, point_size / 2.0 - r));
      outColor = color * a;
    }
  `}}function Xi(t,e,n,r,i,a){let l=i!=null,s=qu(l),o=t.statefulDerive([e,s.vertex,s.fragment],jt);return t.derive([e,o,n,r,i,a],(u,f,c,h,d,g)=>(v,m,b,_)=>{u.enable(u.BLEND),u.blendFunc(u.ONE,u.ONE_MINUS_SRC_ALPHA),u.useProgram(f.program),u.enableVertexAttribArray(0),u.bindBuffer(u.ARRAY_BUFFER,c),u.vertexAttribPointer(0,1,u.FLOAT,!1,0,0),u.enableVertexAttribArray(1),u.bindBuffer(u.ARRAY_BUFFER,h),u.vertexAttribPointer(1,1,u.FLOAT,!1,0,0),d!=null&&(u.enableVertexAttribArray(2),u.bindBuffer(u.ARRAY_BUFFER,d),u.vertexAttribIPointer(2,1,u.BYTE,0,0)),u.bindBuffer(u.ARRAY_BUFFER,null),u.uniformMatrix3fv(f.uniforms.matrix,!1,v),u.uniform1f(f.uniforms.point_size,m*2),u.uniform1f(f.uniforms.alpha,b),l?u.uniform4fv(f.uniforms.colorScheme,_):u.uniform4fv(f.uniforms.colorScheme,_.slice(0,4)),u.drawArrays(u.POINTS,0,g),u.disableVertexAttribArray(0),u.disableVertexAttribArray(1),d!=null&&u.disableVertexAttribArray(2),u.useProgram(null)})}function Vu(){return{vertex:`#version 300 es
    precision highp float;
    layout(location=0) in vec2 xy;
    out vec2 uv;
    void main() {
      gl_Position = vec4(xy, 0, 1);
      uv = (xy + 1.0) / 2.0;
    }
  `,fragment:`#version 300 es
    precision highp float;
    uniform sampler2D source;
    uniform vec2 resolution;
    uniform mat4 colorMatrix;
    uniform float pointAlpha;
    uniform float globalAlpha;
    uniform int isDarkMode;
    in vec2 uv;
    out vec4 outColor;

    /* Combine alphas with symmetric blending equation f(a, b) = a + b - ab. */
    float combine_alphas(vec4 alphas) {
      float r = alphas.x + alphas.y - alphas.x * alphas.y;
      r = r + alphas.z - r * alphas.z;
      r = r + alphas.w - r * alphas.w;
      return r;
    }

    void main() {
      vec4 count = texture(source, uv);
      vec4 alphas = pointAlpha >= 0.999
        ? vec4(count.x > 0.0 ? 1.0 : 0.0, count.y > 0.0 ? 1.0 : 0.0, count.z > 0.0 ? 1.0 : 0.0, count.w > 0.0 ? 1.0 : 0.0)
        : vec4(1.0) - pow(vec4(1.0 - pointAlpha), count);
      float a = combine_alphas(alphas);
      if (a <= 0.0) { discard; }
      alphas *= a / (alphas.x + alphas.y + alphas.z + alphas.w);

      vec3 c1 = colorMatrix[0].rgb * alphas.x;
      vec3 c2 = colorMatrix[1].rgb * alphas.y;
      vec3 c3 = colorMatrix[2].rgb * alphas.z;
      vec3 c4 = colorMatrix[3].rgb * alphas.w;
      vec3 c;
      if (isDarkMode == 0) {
        c = vec3(1.0) - a + c1 + c2 + c3 + c4;
      } else {
        c = c1 + c2 + c3 + c4;
      }
      outColor = vec4(c, 1.0) * a * globalAlpha;
    }
  `}}function Yu(t,e){let{vertex:n,fragment:r}=Vu(),i=t.statefulDerive([e,n,r],jt),a=t.statefulDerive([e,[-1,-1,-1,1,1,-1,1,1],"f32"],Wt);return t.derive([e,i,a],(l,s,o)=>(u,f,c,h,d)=>{l.enable(l.BLEND),l.blendFunc(l.ONE,l.ONE_MINUS_SRC_ALPHA),l.enableVertexAttribArray(0),l.bindBuffer(l.ARRAY_BUFFER,o),l.vertexAttribPointer(0,2,l.FLOAT,!1,0,0),l.bindBuffer(l.ARRAY_BUFFER,null),l.bindTexture(l.TEXTURE_2D,u.texture),l.useProgram(s.program),l.uniform1i(s.uniforms.source,0),l.uniform2f(s.uniforms.resolution,u.width,u.height),l.uniform1f(s.uniforms.pointAlpha,f),l.uniform1f(s.uniforms.globalAlpha,c),l.uniform1i(s.uniforms.isDarkMode,+(d=="dark")),l.uniformMatrix4fv(s.uniforms.colorMatrix,!1,h),l.drawArrays(l.TRIANGLE_STRIP,0,4),l.useProgram(null),l.bindTexture(l.TEXTURE_2D,null),l.disableVertexAttribArray(0)})}var Wu=class{props;viewport;df;gl;renderInputs;dataBuffers;renderer;constructor(t,e,n){this.props={mode:"points",colorScheme:"light",x:new Float32Array,y:new Float32Array,category:null,categoryCount:1,categoryColors:null,viewportX:0,viewportY:0,viewportScale:1,pointSize:1,pointAlpha:1,pointsAlpha:1,densityScaler:1,densityBandwidth:1,densityQuantizationStep:.1,contoursAlpha:1,densityAlpha:1,gamma:2.2,width:e,height:n,downsampleMaxPoints:4e6,downsampleDensityWeight:5},this.viewport=new Vn({x:0,y:0,scale:1},e,n);let r=new Mn,i=r.value(t);this.df=r,this.gl=i,this.renderInputs={mode:r.value(this.props.mode),colorScheme:r.value(this.props.colorScheme),xData:r.value(this.props.x),yData:r.value(this.props.y),categoryData:r.value(this.props.category),categoryCount:r.value(this.props.categoryCount),matrix:r.value(sa()),width:r.value(e),height:r.value(n),pointSize:r.value(this.props.pointSize),densityBandwidth:r.value(this.props.densityBandwidth),downsampleMaxPoints:r.value(this.props.downsampleMaxPoints),downsampleDensityWeight:r.value(this.props.downsampleDensityWeight)},this.dataBuffers=Xu(r,i,this.renderInputs),this.renderer=ju(r,i,this.renderInputs,this.dataBuffers)}setProps(t){let e=!1,n;for(n in t)t[n]!==this.props[n]&&(this.props[n]=t[n],e=!0);return this.viewport.update({x:this.props.viewportX,y:this.props.viewportY,scale:this.props.viewportScale},this.props.width,this.props.height),this.renderInputs.mode.value=this.props.mode,this.renderInputs.colorScheme.value=this.props.colorScheme,this.renderInputs.xData.value=this.props.x,this.renderInputs.yData.value=this.props.y,this.renderInputs.categoryData.value=this.props.category,this.props.category==null?this.renderInputs.categoryCount.value=1:this.renderInputs.categoryCount.value=this.props.categoryCount,this.renderInputs.matrix.value=this.viewport.matrix(),this.renderInputs.width.value=this.props.width,this.renderInputs.height.value=this.props.height,this.renderInputs.pointSize.value=this.props.pointSize,this.renderInputs.densityBandwidth.value=this.props.densityBandwidth,this.renderInputs.downsampleMaxPoints.value=this.props.downsampleMaxPoints,this.renderInputs.downsampleDensityWeight.value=this.props.downsampleDensityWeight,e}render(){this.renderer.value(this.props)}destroy(){this.df.destroy()}async densityMap(t,e,n,r){let i=this.df.subgraph(),a=Ku(i,this.gl,this.dataBuffers,i.value(t),i.value(e),i.value(n)),{x:l,y:s,scale:o}=r,u=[o,0,0,0,o,0,-l*o,-s*o,1],f=a.value(u),c=fa(u);return i.destroy(),{data:f,width:t,height:e,coordinateAtPixel:(h,d)=>{let g=ua([h/t*2-1,d/e*2-1,1],c);return{x:g[0],y:g[1]}}}}};function Xu(t,e,n){return{x:t.statefulDerive([e,n.xData,"f32"],Wt),y:t.statefulDerive([e,n.yData,"f32"],Wt),category:t.if(t.derive([n.categoryData],r=>r!=null),r=>r.statefulDerive([e,r.assertNotNull(n.categoryData),"u8"],Wt),r=>r.value(null)),count:t.derive([n.xData],r=>r.length)}}function ju(t,e,n,r){return t.switch(n.mode,{points:i=>Hu(i,e,n,r),density:i=>Qu(i,e,n,r)})}function Hu(t,e,n,r){let i=t.derive([n.categoryCount],o=>o>1),a=t.statefulDerive([e,n.width,n.height,4,"f32"],fe),l=t.if(i,o=>Xi(o,e,r.x,r.y,o.assertNotNull(r.category),r.count),o=>Xi(o,e,r.x,r.y,null,r.count)),s=ha(t,e);return t.derive([e,a,l,s,n.colorScheme,n.matrix,n.categoryCount],(o,u,f,c,h,d,g)=>v=>{let m=[],b=v.categoryColors??An(v.categoryCount);for(let _=0;_<g;_++)if(_<b.length){let{r:y,g:w,b:S}=Hr(b[_]);y**=+v.gamma,w**=+v.gamma,S**=+v.gamma,m=m.concat([y,w,S,1])}else m=m.concat([.5,.5,.5,1]);o.bindFramebuffer(o.FRAMEBUFFER,u.framebuffer),o.viewport(0,0,u.width,u.height),h=="light"?o.clearColor(1,1,1,1):o.clearColor(0,0,0,1),o.clear(o.COLOR_BUFFER_BIT),f(d,Math.max(3,v.pointSize),v.pointAlpha*v.pointsAlpha,m),o.bindFramebuffer(o.FRAMEBUFFER,null),o.viewport(0,0,v.width,v.height),c(u.texture,v.gamma)})}function Qu(t,e,n,r){let i=t.derive([n.densityBandwidth],y=>Uu(y)+1),a=t.derive([n.width,i],(y,w)=>y+w*2),l=t.derive([n.height,i],(y,w)=>y+w*2),s=t.derive([n.categoryCount],y=>y>1),o=t.statefulDerive([e,a,l,4,"f32"],fe),u=t.statefulDerive([e,a,l,4,"f32"],fe),f=t.statefulDerive([e,a,l,4,"f32"],fe),c=t.statefulDerive([e,a,l,4,"f32"],fe),h=t.if(s,y=>Rr(y,e,r.x,r.y,y.assertNotNull(r.category),r.count),y=>Rr(y,e,r.x,r.y,null,r.count)),d=Ru(t,e,n.pointSize),g=zu(t,e,n.densityBandwidth),v=Yu(t,e),m=$u(t,e),b=Gu(t,e),_=ha(t,e);return t.derive([e,o,u,f,c,n.colorScheme,n.matrix,h,d,g,v,m,b,_],(y,w,S,B,U,Y,P,C,J,it,et,yt,ot,Mt)=>R=>{let ft=R.categoryColors??An(R.categoryCount),ht=[];for(let H=0;H<4;H++)if(H<ft.length){let{r:St,g:Lt,b:X}=Hr(ft[H]);St**=+R.gamma,Lt**=+R.gamma,X**=+R.gamma,ht=ht.concat([St,Lt,X,1])}else ht=ht.concat([.5,.5,.5,1]);let ne=R.width/S.width,pe=R.height/S.height,re=Qr([ne,0,0,0,pe,0,0,0,1],P);if(y.bindFramebuffer(y.FRAMEBUFFER,w.framebuffer),y.viewport(0,0,w.width,w.height),y.clearColor(0,0,0,0),y.clear(y.COLOR_BUFFER_BIT),C(re),y.bindFramebuffer(y.FRAMEBUFFER,S.framebuffer),y.viewport(0,0,S.width,S.height),Y=="light"?y.clearColor(1,1,1,1):y.clearColor(0,0,0,1),y.clear(y.COLOR_BUFFER_BIT),R.pointAlpha>0&&R.pointsAlpha>0&&(J(w.texture,B,U),y.bindFramebuffer(y.FRAMEBUFFER,S.framebuffer),et(B,R.pointAlpha,R.pointsAlpha,ht,Y)),R.densityScaler>0&&(R.densityAlpha>0||R.contoursAlpha>0)&&(it(w.texture,B,U),y.bindFramebuffer(y.FRAMEBUFFER,S.framebuffer),R.densityAlpha>0&&yt(B,R.densityScaler,R.densityQuantizationStep,R.densityAlpha,ht,Y),R.contoursAlpha>0))for(let H=0;H<ft.length;H++){let St=[0,0,0,0];St[H]=1,ot(B,R.densityScaler,R.densityQuantizationStep,R.contoursAlpha,St,ht.slice(H*4,H*4+4))}y.bindFramebuffer(y.FRAMEBUFFER,null),y.viewport(0,0,R.width,R.height),Mt(S.texture,R.gamma,1/ne,1/pe)})}function Ku(t,e,n,r,i,a){let l=t.derive([a],g=>pa(g)+1),s=t.derive([r,l],(g,v)=>g+v*2),o=t.derive([i,l],(g,v)=>g+v*2),u=t.statefulDerive([e,s,o,1,"f32"],fe),f=t.statefulDerive([e,s,o,1,"f32"],fe),c=t.statefulDerive([e,s,o,1,"f32"],fe),h=Rr(t,e,n.x,n.y,null,n.count),d=Du(t,e,a);return t.derive([e,l,r,i,u,f,c,h,d],(g,v,m,b,_,y,w,S,B)=>U=>{let Y=Qr([m/_.width,0,0,0,b/_.height,0,0,0,1],U);g.bindFramebuffer(g.FRAMEBUFFER,_.framebuffer),g.viewport(0,0,_.width,_.height),g.clearColor(0,0,0,0),g.clear(g.COLOR_BUFFER_BIT),S(Y),B(_.texture,y,w),g.bindFramebuffer(g.FRAMEBUFFER,y.framebuffer);let P=new Float32Array(m*b);return g.readPixels(v,v,m,b,g.RED,g.FLOAT,P),g.bindFramebuffer(g.FRAMEBUFFER,null),P})}var Zu=class{i32View;u32View;f32View;offset;constructor(t){this.i32View=new Int32Array(t),this.u32View=new Uint32Array(t),this.f32View=new Float32Array(t),this.offset=0}align2(){this.offset%2!=0&&(this.offset+=2-this.offset%2)}align4(){this.offset%4!=0&&(this.offset+=4-this.offset%4)}f32(t){this.f32View[this.offset++]=t}u32(t){this.u32View[this.offset++]=t}i32(t){this.i32View[this.offset++]=t}vec2f(t,e){this.align2(),this.f32View[this.offset++]=t,this.f32View[this.offset++]=e}vec3f(t,e,n){this.align4(),this.f32View[this.offset++]=t,this.f32View[this.offset++]=e,this.f32View[this.offset++]=n}vec4f(t,e,n,r){this.align4(),this.f32View[this.offset++]=t,this.f32View[this.offset++]=e,this.f32View[this.offset++]=n,this.f32View[this.offset++]=r}mat3x3f(t){this.vec3f(t[0],t[1],t[2]),this.vec3f(t[3],t[4],t[5]),this.vec3f(t[6],t[7],t[8])}byteOffset(){return this.offset*4}};function Ju(t,e){let n=4288,r=new ArrayBuffer(n),i=t.statefulDerive([e,n,GPUBufferUsage.UNIFORM|GPUBufferUsage.COPY_DST|GPUBufferUsage.VERTEX],Jt);return{buffer:i,update:t.derive([e,i],(a,l)=>s=>{let o=new Zu(r);o.u32(s.count),o.u32(s.category_count),o.i32(s.framebuffer_width),o.i32(s.framebuffer_height),o.i32(s.density_width),o.i32(s.density_height),o.f32(s.gamma),o.f32(s.point_size),o.f32(s.point_alpha),o.f32(s.points_alpha),o.f32(s.density_scaler),o.f32(s.quantization_step),o.f32(s.density_alpha),o.f32(s.contours_alpha),o.mat3x3f(s.matrix),o.vec2f(...s.view_xy_scaler),o.vec4f(...s.kde_causal),o.vec4f(...s.kde_anticausal),o.vec4f(...s.kde_a),o.vec4f(...s.background_color);let u=s.gamma;for(let f=0;f<Math.min(s.category_colors.length,256);f++){let{r:c,g:h,b:d,a:g}=s.category_colors[f];c**=+u,h**=+u,d**=+u,o.vec4f(c,h,d,g)}a.queue.writeBuffer(l,0,r,0,o.byteOffset())})}}var hr=64,pr=64;function ga(t,e,n,r,i,a){let l=t.derive([e,n,r.layouts],(s,o,u)=>s.createComputePipeline({layout:s.createPipelineLayout({bindGroupLayouts:[u.group0,u.group1,u.group2A]}),compute:{module:o,entryPoint:"accumulate"}}));return t.derive([l,r.group0,r.group1,r.group2A,a.countBuffer,i.count],(s,o,u,f,c,h)=>d=>{if(d.clearBuffer(c),h==0)return;let g=d.beginComputePass();g.setPipeline(s),g.setBindGroup(0,o),g.setBindGroup(1,u),g.setBindGroup(2,f),h<=hr*pr?g.dispatchWorkgroups(Math.ceil(h/hr)):g.dispatchWorkgroups(pr,Math.ceil(h/(hr*pr))),g.end()})}function tf(t){let{COMPUTE:e,VERTEX:n,FRAGMENT:r}=GPUShaderStage;return{group0:t.createBindGroupLayout({entries:[{binding:0,visibility:e|n|r,buffer:{type:"uniform"}}]}),group1:t.createBindGroupLayout({entries:[{binding:0,visibility:e|n,buffer:{type:"read-only-storage"}},{binding:1,visibility:e|n,buffer:{type:"read-only-storage"}},{binding:2,visibility:e|n,buffer:{type:"read-only-storage"}}]}),group2A:t.createBindGroupLayout({entries:[{binding:0,visibility:e|r,buffer:{type:"storage"}}]}),group2B:t.createBindGroupLayout({entries:[{binding:1,visibility:e|r,buffer:{type:"storage"}},{binding:2,visibility:e|r,buffer:{type:"storage"}}]}),group2BlurForward:t.createBindGroupLayout({entries:[{binding:0,visibility:e,buffer:{type:"storage"}},{binding:2,visibility:e,buffer:{type:"storage"}}]}),group3:t.createBindGroupLayout({entries:[{binding:0,visibility:GPUShaderStage.FRAGMENT,sampler:{type:"non-filtering"}},{binding:1,visibility:GPUShaderStage.FRAGMENT,texture:{sampleType:"float"}},{binding:2,visibility:GPUShaderStage.FRAGMENT,texture:{sampleType:"float"}}]})}}function va(t,e,n,r,i){let a=t.derive([e],l=>tf(l));return{layouts:a,group0:t.derive([e,a,n],(l,s,o)=>l.createBindGroup({layout:s.group0,entries:[{binding:0,resource:{buffer:o}}]})),group1:t.derive([e,a,r.x,r.y,r.category],(l,s,o,u,f)=>l.createBindGroup({layout:s.group1,entries:[{binding:0,resource:{buffer:o}},{binding:1,resource:{buffer:u}},{binding:2,resource:{buffer:f??o}}]})),group2A:t.derive([e,a,i.countBuffer,i.blurBuffer],(l,s,o,u)=>l.createBindGroup({layout:s.group2A,entries:[{binding:0,resource:{buffer:o}}]})),group2B:t.derive([e,a,i.countBuffer,i.blurBuffer],(l,s,o,u)=>l.createBindGroup({layout:s.group2B,entries:[{binding:1,resource:{buffer:o}},{binding:2,resource:{buffer:u}}]})),group2BlurForward:t.derive([e,a,i.countBuffer,i.blurBuffer],(l,s,o,u)=>l.createBindGroup({layout:s.group2BlurForward,entries:[{binding:0,resource:{buffer:o}},{binding:2,resource:{buffer:u}}]})),group3:t.derive([e,a,i.colorTexture,i.alphaTexture],(l,s,o,u)=>l.createBindGroup({layout:s.group3,entries:[{binding:0,resource:l.createSampler({})},{binding:1,resource:o.createView()},{binding:2,resource:u.createView()}]}))}}var ma=256,Fr=256,ef=Fr*ma;function nf(t){let e=Math.ceil(t/ma);return e<=Fr?[e,1]:[Fr,Math.ceil(t/ef)]}function rf(t,e,n,r){let i=t.statefulDerive([e,t.value(16),GPUBufferUsage.UNIFORM|GPUBufferUsage.COPY_DST],Jt),a=t.statefulDerive([e,t.value(16),GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_DST],Jt),l=t.derive([n],c=>Math.max(4,c*4)),s=t.statefulDerive([e,l,GPUBufferUsage.STORAGE],Jt),o=t.derive([e],c=>c.createBindGroupLayout({entries:[{binding:0,visibility:GPUShaderStage.COMPUTE,buffer:{type:"uniform"}},{binding:1,visibility:GPUShaderStage.COMPUTE,buffer:{type:"storage"}},{binding:2,visibility:GPUShaderStage.COMPUTE,buffer:{type:"storage"}}]})),u=t.derive([e,o,i,a,s],(c,h,d,g,v)=>c.createBindGroup({layout:h,entries:[{binding:0,resource:{buffer:d}},{binding:1,resource:{buffer:g}},{binding:2,resource:{buffer:v}}]})),f=t.derive([e],c=>c.createBindGroupLayout({entries:[{binding:0,visibility:GPUShaderStage.VERTEX,buffer:{type:"read-only-storage"}}]}));return{uniformBuffer:i,countersBuffer:a,pointDataBuffer:s,bindGroupLayout:o,bindGroup:u,vertexBindGroupLayout:f,vertexBindGroup:t.derive([e,f,s],(c,h,d)=>c.createBindGroup({layout:h,entries:[{binding:0,resource:{buffer:d}}]}))}}function of(t,e,n,r,i,a,l,s,o,u){let f=t.derive([e],m=>m.createBindGroupLayout({entries:[{binding:1,visibility:GPUShaderStage.COMPUTE,buffer:{type:"storage"}}]})),c=t.derive([e,f,a],(m,b,_)=>m.createBindGroup({layout:b,entries:[{binding:1,resource:{buffer:_}}]})),h=t.derive([e],m=>m.createBindGroupLayout({entries:[]})),d=t.derive([e,h],(m,b)=>m.createBindGroup({layout:b,entries:[]})),g=t.derive([e,n,r,i,f,o.bindGroupLayout],(m,b,_,y,w,S)=>m.createComputePipeline({layout:m.createPipelineLayout({bindGroupLayouts:[_,y,w,S]}),compute:{module:b,entryPoint:"downsample_viewport_cull"}})),v=t.derive([e,n,r,i,h,o.bindGroupLayout],(m,b,_,y,w,S)=>m.createComputePipeline({layout:m.createPipelineLayout({bindGroupLayouts:[_,y,w,S]}),compute:{module:b,entryPoint:"downsample_density_sample"}}));return t.derive([e,g,v,l,s,c,d,o.bindGroup,o.uniformBuffer,o.countersBuffer,u.count],(m,b,_,y,w,S,B,U,Y,P,C)=>(J,it)=>{if(C===0||it.maxPoints<=0)return 0;let et=new ArrayBuffer(16),yt=new DataView(et);yt.setUint32(0,it.maxPoints,!0),yt.setUint32(4,it.frameSeed,!0),yt.setFloat32(8,it.densityWeight,!0),yt.setFloat32(12,0,!0),m.queue.writeBuffer(Y,0,et),J.clearBuffer(P);let[ot,Mt]=nf(C);{let R=J.beginComputePass();R.setPipeline(b),R.setBindGroup(0,y),R.setBindGroup(1,w),R.setBindGroup(2,S),R.setBindGroup(3,U),R.dispatchWorkgroups(ot,Mt),R.end()}{let R=J.beginComputePass();R.setPipeline(_),R.setBindGroup(0,y),R.setBindGroup(1,w),R.setBindGroup(2,B),R.setBindGroup(3,U),R.dispatchWorkgroups(ot,Mt),R.end()}})}function af(t,e,n,r,i){let a=t.derive([e,n,r.layouts],(l,s,o)=>l.createRenderPipeline({layout:l.createPipelineLayout({bindGroupLayouts:[o.group0,o.group1,o.group2B]}),vertex:{entryPoint:"draw_density_map_vs",module:s},fragment:{entryPoint:"draw_density_map_fs",module:s,targets:[{format:i.colorTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}},{format:i.alphaTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}}]},primitive:{topology:"triangle-strip"}}));return t.derive([a,r.group0,r.group1,r.group2B,i.colorTexture,i.alphaTexture],(l,s,o,u,f,c)=>h=>{let d=h.beginRenderPass({colorAttachments:[{loadOp:"load",storeOp:"store",view:f.createView()},{loadOp:"load",storeOp:"store",view:c.createView()}]});d.setPipeline(l),d.setBindGroup(0,s),d.setBindGroup(1,o),d.setBindGroup(2,u),d.draw(4),d.end()})}function lf(t,e,n,r,i,a){let l=t.derive([e,n,r.layouts],(s,o,u)=>s.createRenderPipeline({layout:s.createPipelineLayout({bindGroupLayouts:[u.group0,u.group1]}),vertex:{entryPoint:"points_vs",module:o},fragment:{entryPoint:"points_fs",module:o,targets:[{format:a.colorTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}},{format:a.alphaTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}}]},primitive:{topology:"triangle-strip"}}));return t.derive([l,r.group0,r.group1,i.count,a.colorTexture,a.alphaTexture],(s,o,u,f,c,h)=>d=>{let g=d.beginRenderPass({colorAttachments:[{clearValue:[0,0,0,0],loadOp:"clear",storeOp:"store",view:c.createView()},{clearValue:[0,0,0,0],loadOp:"clear",storeOp:"store",view:h.createView()}]});g.setPipeline(s),g.setBindGroup(0,o),g.setBindGroup(1,u),f>0&&g.draw(4,f),g.end()})}function sf(t,e,n,r,i,a){let l=t.derive([e,n,r.layouts,i.vertexBindGroupLayout],(s,o,u,f)=>s.createRenderPipeline({layout:s.createPipelineLayout({bindGroupLayouts:[u.group0,u.group1,f]}),vertex:{entryPoint:"points_downsampled_vs",module:o},fragment:{entryPoint:"points_fs",module:o,targets:[{format:a.colorTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}},{format:a.alphaTextureFormat,blend:{color:{srcFactor:"one",dstFactor:"one"},alpha:{srcFactor:"one",dstFactor:"one"}}}]},primitive:{topology:"triangle-strip"}}));return t.derive([l,r.group0,r.group1,i.vertexBindGroup,a.colorTexture,a.alphaTexture],(s,o,u,f,c,h)=>(d,g)=>{let v=d.beginRenderPass({colorAttachments:[{clearValue:[0,0,0,0],loadOp:"clear",storeOp:"store",view:c.createView()},{clearValue:[0,0,0,0],loadOp:"clear",storeOp:"store",view:h.createView()}]});v.setPipeline(s),v.setBindGroup(0,o),v.setBindGroup(1,u),v.setBindGroup(2,f),g>0&&v.draw(4,g),v.end()})}function uf(t,e,n,r,i){let a=t.derive([e,n,i.layouts],(l,s,o)=>l.createRenderPipeline({layout:l.createPipelineLayout({bindGroupLayouts:[o.group0,o.group1,o.group2B,o.group3]}),vertex:{entryPoint:"gamma_correction_vs",module:s},fragment:{entryPoint:"gamma_correction_fs",module:s,targets:[{format:r}]},primitive:{topology:"triangle-strip"}}));return t.derive([a,i.group0,i.group1,i.group2B,i.group3],(l,s,o,u,f)=>(c,h)=>{let d=c.beginRenderPass({colorAttachments:[{clearValue:[1,1,1,1],loadOp:"clear",storeOp:"store",view:h}]});d.setPipeline(l),d.setBindGroup(0,s),d.setBindGroup(1,o),d.setBindGroup(2,u),d.setBindGroup(3,f),d.draw(4),d.end()})}var ji=64;function ya(t,e,n,r,i,a,l){let s=t.derive([e,n,r.layouts],(u,f,c)=>u.createComputePipeline({layout:u.createPipelineLayout({bindGroupLayouts:[c.group0,c.group1,c.group2BlurForward,c.group3]}),compute:{module:f,entryPoint:"gaussian_blur_stage_1"}})),o=t.derive([e,n,r.layouts],(u,f,c)=>u.createComputePipeline({layout:u.createPipelineLayout({bindGroupLayouts:[c.group0,c.group1,c.group2B,c.group3]}),compute:{module:f,entryPoint:"gaussian_blur_stage_2"}}));return t.derive([s,o,r.group0,r.group1,r.group2BlurForward,r.group2B,r.group3,i,a,l],(u,f,c,h,d,g,v,m,b,_)=>y=>{let w=y.beginComputePass();w.setBindGroup(0,c),w.setBindGroup(1,h),w.setBindGroup(3,v),w.setBindGroup(2,d),w.setPipeline(u),w.dispatchWorkgroups(Math.ceil(m/ji),_),w.setBindGroup(2,g),w.setPipeline(f),w.dispatchWorkgroups(Math.ceil(b/ji),_),w.end()})}function ff(t,e=!1){let n=new Float64Array(5),r=new Float64Array(4);cf(n,r,t);let i=Float64Array.of(0,r[1]-n[1]*r[0],r[2]-n[2]*r[0],r[3]-n[3]*r[0],-n[4]*r[0]),a=1+n[1]+n[2]+n[3]+n[4];return{sigma:t,negative:e,a:n,b_causal:r,b_anticausal:i,sum_causal:(r[0]+r[1]+r[2]+r[3])/a,sum_anticausal:(i[1]+i[2]+i[3]+i[4])/a}}function cf(t,e,n){let r=Float64Array.of(.84,1.8675,.84,-1.8675,-.34015,-.1299,-.34015,.1299),i=Math.exp(-1.783/n),a=Math.exp(-1.723/n),l=.6318/n,s=1.997/n,o=Float64Array.of(-i*Math.cos(l),i*Math.sin(l),-i*Math.cos(-l),i*Math.sin(-l),-a*Math.cos(s),a*Math.sin(s),-a*Math.cos(-s),a*Math.sin(-s)),u=n*2.5066282746310007,f=Float64Array.of(r[0],r[1],0,0,0,0,0,0),c=Float64Array.of(1,0,o[0],o[1],0,0,0,0,0,0),h,d;for(d=2;d<8;d+=2){for(f[d]=o[d]*f[d-2]-o[d+1]*f[d-1],f[d+1]=o[d]*f[d-1]+o[d+1]*f[d-2],h=d-2;h>0;h-=2)f[h]+=o[d]*f[h-2]-o[d+1]*f[h-1],f[h+1]+=o[d]*f[h-1]+o[d+1]*f[h-2];for(h=0;h<=d;h+=2)f[h]+=r[d]*c[h]-r[d+1]*c[h+1],f[h+1]+=r[d]*c[h+1]+r[d+1]*c[h];for(c[d+2]=o[d]*c[d]-o[d+1]*c[d+1],c[d+3]=o[d]*c[d+1]+o[d+1]*c[d],h=d;h>0;h-=2)c[h]+=o[d]*c[h-2]-o[d+1]*c[h-1],c[h+1]+=o[d]*c[h-1]+o[d+1]*c[h-2]}for(d=0;d<4;++d)h=d<<1,e[d]=f[h]/u,t[d+1]=c[h+2]}function xa(t){let e=ff(t);return{kde_causal:[e.b_causal[0],e.b_causal[1],e.b_causal[2],e.b_causal[3]],kde_anticausal:[e.b_anticausal[1],e.b_anticausal[2],e.b_anticausal[3],e.b_anticausal[4]],kde_a:[e.a[1],e.a[2],e.a[3],e.a[4]]}}var df=`// Copyright (c) 2025 Apple Inc. Licensed under MIT License.

enable f16;

struct Uniforms {
  count: u32,
  category_count: u32,
  framebuffer_width: i32,
  framebuffer_height: i32,
  density_width: i32,
  density_height: i32,
  gamma: f32,
  point_size: f32,
  point_alpha: f32,
  points_alpha: f32,
  density_scaler: f32,
  quantization_step: f32,
  density_alpha: f32,
  contours_alpha: f32,
  matrix: mat3x3<f32>,
  view_xy_scaler: vec2<f32>,
  kde_causal: vec4<f32>,
  kde_anticausal: vec4<f32>,
  kde_a: vec4<f32>,
  background_color: vec4<f32>,
  category_colors: array<vec4<f32>, 256>,
}

struct DownsampleUniforms {
  render_limit: u32,
  frame_seed: u32,
  density_weight: f32,
  _padding: f32,
}

struct PointData {
  position: vec3<f32>,
  category: u32,
}

struct FragmentOutput {
  @location(0) color: vec4<f32>,
  @location(1) log1malpha: f32, // log(1 - alpha)
}

@group(0) @binding(0) var<uniform> uniforms: Uniforms;

@group(1) @binding(0) var<storage, read> x_buffer: array<f32>;
@group(1) @binding(1) var<storage, read> y_buffer: array<f32>;
@group(1) @binding(2) var<storage, read> category_buffer: array<u32>;

@group(2) @binding(0) var<storage, read_write> count_buffer: array<atomic<u32>>;
@group(2) @binding(1) var<storage, read_write> blur_buffer: array<f16>;
@group(2) @binding(2) var<storage, read_write> blur_swap_buffer: array<f16>;

@group(3) @binding(0) var framebuffer_sampler: sampler;
@group(3) @binding(1) var color_texture: texture_2d<f32>;
@group(3) @binding(2) var log1malpha_texture: texture_2d<f32>;

// Downsampling bind groups (group 3 for compute shaders)
// WebGPU has a default limit of 4 bind groups, so we use group 3 (not 4)
// 3 storage buffers to stay within 8-buffer limit (3 from group1 + 1 from group2 + 3 from group3 = 7)
@group(3) @binding(0) var<uniform> downsample_uniforms: DownsampleUniforms;
@group(3) @binding(1) var<storage, read_write> downsample_counters: array<atomic<u32>>; // [visible_count, max_density_fixed]
@group(3) @binding(2) var<storage, read_write> point_data: array<f32>; // density (>= 0 means visible with density, < 0 means not visible or not accepted)

// Separate binding for vertex shader in downsampled draw pipeline
// Uses group 2 since the pipeline only needs groups 0, 1, 2
// (read-only access required by WebGPU for vertex shaders)
@group(2) @binding(0) var<storage, read> point_data_read: array<f32>; // same as point_data above

fn get_point(index: u32) -> PointData {
  var result: PointData;
  result.position = vec3(x_buffer[index], y_buffer[index], 1.0);
  if (uniforms.category_count > 1) {
    result.category = (category_buffer[index >> 2] >> ((index & 3) << 3)) & 0xff;
  } else {
    result.category = 0;
  }
  return result;
}

const ACCUMULATE_UNIT: u32 = 4096;

fn increment_count(x: i32, y: i32, category: u32, value: u32) {
  let width = uniforms.density_width;
  let height = uniforms.density_height;
  if (x < 0 || x >= width || y < 0 || y >= height || category >= uniforms.category_count || value == 0) {
    return;
  }
  let offset = (y * width + x) + i32(category) * (width * height);
  atomicAdd(&count_buffer[offset], value);
}

@compute @workgroup_size(64, 1)
fn accumulate(@builtin(global_invocation_id) id: vec3<u32>) {
  let width = uniforms.density_width;
  let height = uniforms.density_height;
  let index = id.y * 4096 + id.x; // 4096 = 64 * 64
  if (index >= uniforms.count) { return; }
  let point = get_point(index);
  let pos = uniforms.matrix * point.position;
  let x = (pos.x + 1.0) / 2.0 * f32(width) - 0.5;
  let y = (pos.y + 1.0) / 2.0 * f32(height) - 0.5;
  let ix = i32(x);
  let iy = i32(y);
  let tx = x - f32(ix);
  let ty = y - f32(iy);
  let w1: u32 = u32((1 - tx) * (1 - ty) * f32(ACCUMULATE_UNIT));
  let w2: u32 = u32(tx * (1 - ty) * f32(ACCUMULATE_UNIT));
  let w3: u32 = u32((1 - tx) * ty * f32(ACCUMULATE_UNIT));
  let w123 = w1 + w2 + w3;
  var w4: u32 = select(0, ACCUMULATE_UNIT - w123, w123 < ACCUMULATE_UNIT);
  increment_count(ix, iy, point.category, w1);
  increment_count(ix + 1, iy, point.category, w2);
  increment_count(ix, iy + 1, point.category, w3);
  increment_count(ix + 1, iy + 1, point.category, w4);
}

// =====================================================
// Draw Discrete Points
// =====================================================

struct PointsVertexOutput {
  @builtin(position) position: vec4<f32>,
  @location(0) dp: vec3<f32>,
  @location(1) color: vec4<f32>,
}

@vertex
fn points_vs(
  @builtin(instance_index) index: u32,
  @builtin(vertex_index) part: u32,
) -> PointsVertexOutput {
  let framebuffer_size = vec2(f32(uniforms.framebuffer_width), f32(uniforms.framebuffer_height));
  let alpha = uniforms.point_alpha * uniforms.points_alpha;
  let dp = vec2<f32>(f32(part % 2), f32(part / 2)) * 2.0 - 1.0;
  let point = get_point(index);
  let pos = uniforms.matrix * point.position;

  var out: PointsVertexOutput;
  out.position = vec4<f32>(pos.xy + dp * uniforms.point_size / framebuffer_size * 2.0, 0.0, 1.0);
  out.dp = vec3(dp, uniforms.point_size);
  out.color = uniforms.category_colors[point.category] * alpha;
  return out;
}

@fragment
fn points_fs(in: PointsVertexOutput) -> FragmentOutput {
  let r = length(in.dp.xy) * in.dp.z;
  let a = max(0.0, min(1.0, in.dp.z - r));
  var out: FragmentOutput;
  out.color = in.color * a;
  out.log1malpha = log(1 - out.color.a);
  return out;
}

// =====================================================
// Draw Density Map
// =====================================================

struct DrawDensityMapVertexOutput {
  @builtin(position) position: vec4<f32>,
  @location(0) texture_coord: vec2<f32>,
}

@vertex
fn draw_density_map_vs(
  @builtin(vertex_index) part: u32,
) -> DrawDensityMapVertexOutput {
  let framebuffer_size = vec2(f32(uniforms.framebuffer_width), f32(uniforms.framebuffer_height));
  let dp = vec2<f32>(f32(part % 2), f32(part / 2)) * 2.0 - 1.0;
  var out: DrawDensityMapVertexOutput;
  out.position = vec4(dp, 0.0, 1.0);
  out.texture_coord = (vec2(dp.x, dp.y) + 1.0) / 2.0 * framebuffer_size;
  return out;
}

fn get_density_raw(x: i32, y: i32, category: u32) -> f32 {
  let width = uniforms.density_width;
  let height = uniforms.density_height;
  let density_scaler = uniforms.density_scaler;
  if (x < 0 || x >= width || y < 0 || y >= height) {
    return 0.0;
  }
  let offset = (y * width + x) + i32(category) * (width * height);
  return max(0.0, f32(blur_buffer[offset]) * density_scaler);
}

fn get_density(x: f32, y: f32, category: u32) -> f32 {
  let px = x / f32(uniforms.framebuffer_width) * f32(uniforms.density_width) - 0.5;
  let py = y / f32(uniforms.framebuffer_height) * f32(uniforms.density_height) - 0.5;
  let ix = i32(px);
  let iy = i32(py);
  let tx = px - f32(ix);
  let ty = py - f32(iy);
  let v00 = get_density_raw(ix, iy, category);
  let v10 = get_density_raw(ix + 1, iy, category);
  let v01 = get_density_raw(ix, iy + 1, category);
  let v11 = get_density_raw(ix + 1, iy + 1, category);
  return mix(mix(v00, v10, tx), mix(v01, v11, tx), ty);
}

fn get_density_quantized(x: f32, y: f32, category: u32) -> f32 {
  let v = get_density(x, y, category);
  return floor(clamp(v, 0, 1) / uniforms.quantization_step);
}

fn get_density_quantized_sobel(x: f32, y: f32, category: u32) -> vec2<f32> {
  let v11 = get_density_quantized(x - 1, y - 1, category);
  let v21 = get_density_quantized(x, y - 1, category);
  let v31 = get_density_quantized(x + 1, y - 1, category);
  let v12 = get_density_quantized(x - 1, y, category);
  let v22 = get_density_quantized(x, y, category);
  let v32 = get_density_quantized(x + 1, y, category);
  let v13 = get_density_quantized(x - 1, y + 1, category);
  let v23 = get_density_quantized(x, y + 1, category);
  let v33 = get_density_quantized(x + 1, y + 1, category);
  let gx = v11 + v12 * 2.0 + v13 - v31 - v32 * 2.0 - v33;
  let gy = v11 + v21 * 2.0 + v31 - v13 - v23 * 2.0 - v33;
  return vec2(gx, gy);
}

@fragment
fn draw_density_map_fs(in: DrawDensityMapVertexOutput) -> FragmentOutput {
  let px = in.texture_coord.x;
  let py = in.texture_coord.y;
  let quantization_step: f32 = uniforms.quantization_step;

  var sum_color: vec4<f32> = vec4(0);
  var sum_log1malpha: f32 = 0.0;

  for (var i: u32 = 0; i < uniforms.category_count; i++) {
    let density = get_density(px, py, i);
    var alpha = min(1.0, floor(density / quantization_step) * quantization_step);
    alpha *= uniforms.density_alpha;
    let color = uniforms.category_colors[i] * alpha;
    sum_color += color;
    sum_log1malpha += log(1 - color.a);
  }

  if (uniforms.contours_alpha > 0.0) {
    for (var i: u32 = 0; i < uniforms.category_count; i++) {
      let sobel = get_density_quantized_sobel(px, py, i);
      let alpha = clamp(length(sobel) * 0.2, 0.0, 1.0) * uniforms.contours_alpha;
      let color = uniforms.category_colors[i] * alpha;
      sum_color += color;
      sum_log1malpha += log(1 - color.a);
    }
  }

  var out: FragmentOutput;
  out.color = sum_color;
  out.log1malpha = sum_log1malpha;
  return out;
}

// =====================================================
// Gamma Correction
// =====================================================

struct GammaCorrectionVertexOutput {
  @builtin(position) position: vec4<f32>,
  @location(0) texture_coord: vec2<f32>,
}

@vertex
fn gamma_correction_vs(
  @builtin(vertex_index) part: u32,
) -> GammaCorrectionVertexOutput {
  let dp = vec2<f32>(f32(part % 2), f32(part / 2)) * 2.0 - 1.0;
  var out: GammaCorrectionVertexOutput;
  out.position = vec4(dp * uniforms.view_xy_scaler, 0.0, 1.0);
  out.texture_coord = (vec2(dp.x, -dp.y) + 1.0) / 2.0;
  return out;
}

@fragment
fn gamma_correction_fs(in: GammaCorrectionVertexOutput) -> @location(0) vec4<f32> {
  let sum_color = textureSample(color_texture, framebuffer_sampler, in.texture_coord);
  let sum_log_one_minus_alpha = textureSample(log1malpha_texture, framebuffer_sampler, in.texture_coord).r;
  var color: vec4<f32>;
  if (sum_color.a > 0.0) {
    color = sum_color / sum_color.a * (1.0 - exp(sum_log_one_minus_alpha));
    color = color + uniforms.background_color * (1 - color.a);
  } else {
    color = uniforms.background_color;
  }
  let rgb = pow(color.rgb, vec3(1.0 / uniforms.gamma));
  return vec4(rgb, 1.0);
}

// =====================================================
// Gaussian Blur
// =====================================================

@compute @workgroup_size(64, 1)
fn gaussian_blur_stage_1(@builtin(global_invocation_id) id: vec3<u32>) {
  let width = uniforms.density_width;
  let height = uniforms.density_height;
  let x = id.x;
  if (x >= u32(width)) { return; }
  let start = x + id.y * u32(width * height);
  let count = u32(height);
  let stride = u32(width);

  deriche_conv_1d_forward(
    start, stride, count,
    uniforms.kde_causal, uniforms.kde_anticausal, uniforms.kde_a
  );
}

@compute @workgroup_size(64, 1)
fn gaussian_blur_stage_2(@builtin(global_invocation_id) id: vec3<u32>) {
  let width = uniforms.density_width;
  let height = uniforms.density_height;
  let y = id.x;
  if (y >= u32(height)) { return; }
  let start = y * u32(width) + id.y * u32(width * height);
  let count = u32(width);
  let stride = u32(1);

  deriche_conv_1d_backward(
    start, stride, count,
    uniforms.kde_causal, uniforms.kde_anticausal, uniforms.kde_a
  );
}

// The gaussian blur is a two-pass Deriche recursive filter (horizontal, then
// vertical) implemented as a ping-pong between two storage buffers.
//
// The forward pass reads the fixed-point accumulated densities. These live in
// \`count_buffer\` (an array<atomic<u32>>) which physically aliases \`blur_buffer\`.
// We read them through the u32 view rather than reinterpreting \`blur_buffer\`'s
// f16 pairs, because bitcasting a vec2<f16> to a u32 is not supported by all
// WGSL implementations (e.g. Firefox / naga).
//
// The two passes are kept as separate functions (rather than one function with
// a \`forward\` flag) so that each blur entry point statically references only the
// buffers it uses. That keeps \`count_buffer\`/\`blur_buffer\` (which alias the same
// GPU buffer) out of a single dispatch's usage scope at the same time, avoiding
// WebGPU storage-buffer aliasing validation errors.

// Forward pass: read u32 counts from count_buffer, write horizontal blur to blur_swap_buffer.
fn deriche_conv_1d_forward(
    start: u32, stride: u32, count: u32,
    kde_causal: vec4<f32>, kde_anticausal: vec4<f32>, kde_a: vec4<f32>
) {
  var s: vec4<f32> = vec4(0.0);
  var y0: f32 = 0.0;
  var y1234: vec4<f32> = vec4(0.0);

  var first_nonzero: u32 = count;
  var last_nonzero: u32 = 0;

  for (var i: u32 = 0; i < count; i++) {
    let offset = start + i * stride;
    var input: f32 = f32(atomicLoad(&count_buffer[offset])) / f32(ACCUMULATE_UNIT);
    if (input != 0.0) {
      first_nonzero = min(i, first_nonzero);
      last_nonzero = max(i, last_nonzero);
    }
    s = vec4(input, s.xyz);
    y1234 = vec4(y0, y1234.xyz);
    y0 = dot(kde_causal, s) - dot(kde_a, y1234);
    blur_swap_buffer[offset] = f16(y0);
  }

  if (first_nonzero > last_nonzero) {
    return;
  }

  s = vec4(0.0);
  y0 = 0.0;
  y1234 = vec4(0.0);

  for (var i: u32 = count - 1 - last_nonzero; i < count; i++) {
    let p = count - 1 - i;
    let offset = start + p * stride;
    var input: f32 = 0.0;
    if (p >= first_nonzero) {
      input = f32(atomicLoad(&count_buffer[offset])) / f32(ACCUMULATE_UNIT);
    }
    y1234 = vec4(y0, y1234.xyz);
    y0 = dot(kde_anticausal, s) - dot(kde_a, y1234);
    s = vec4(input, s.xyz);
    if (y0 != 0.0) {
      blur_swap_buffer[offset] = f16(f32(blur_swap_buffer[offset]) + y0);
    }
  }
}

// Backward pass: read f16 from blur_swap_buffer, write vertical blur to blur_buffer.
fn deriche_conv_1d_backward(
    start: u32, stride: u32, count: u32,
    kde_causal: vec4<f32>, kde_anticausal: vec4<f32>, kde_a: vec4<f32>
) {
  var s: vec4<f32> = vec4(0.0);
  var y0: f32 = 0.0;
  var y1234: vec4<f32> = vec4(0.0);

  var first_nonzero: u32 = count;
  var last_nonzero: u32 = 0;

  for (var i: u32 = 0; i < count; i++) {
    let offset = start + i * stride;
    var input: f32 = f32(blur_swap_buffer[offset]);
    if (input != 0.0) {
      first_nonzero = min(i, first_nonzero);
      last_nonzero = max(i, last_nonzero);
    }
    s = vec4(input, s.xyz);
    y1234 = vec4(y0, y1234.xyz);
    y0 = dot(kde_causal, s) - dot(kde_a, y1234);
    blur_buffer[offset] = f16(y0);
  }

  if (first_nonzero > last_nonzero) {
    return;
  }

  s = vec4(0.0);
  y0 = 0.0;
  y1234 = vec4(0.0);

  for (var i: u32 = count - 1 - last_nonzero; i < count; i++) {
    let p = count - 1 - i;
    let offset = start + p * stride;
    var input: f32 = 0.0;
    if (p >= first_nonzero) {
      input = f32(blur_swap_buffer[offset]);
    }
    y1234 = vec4(y0, y1234.xyz);
    y0 = dot(kde_anticausal, s) - dot(kde_a, y1234);
    s = vec4(input, s.xyz);
    if (y0 != 0.0) {
      blur_buffer[offset] = f16(f32(blur_buffer[offset]) + y0);
    }
  }
}

// =====================================================
// Downsampling: PCG hash for deterministic randomness
// =====================================================

fn pcg_hash(input: u32) -> u32 {
  var state = input * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn random_float(seed: u32) -> f32 {
  return f32(pcg_hash(seed)) / 4294967295.0;
}

// =====================================================
// Downsampling Pass 1: Viewport culling + density lookup
// =====================================================
// Uses 2D dispatch for large point counts (>65K workgroups)
// Stride: 256 workgroups * 256 threads = 65536 threads per row

const DOWNSAMPLE_STRIDE: u32 = 65536u;

@compute @workgroup_size(256)
fn downsample_viewport_cull(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = id.y * DOWNSAMPLE_STRIDE + id.x;
  if (index >= uniforms.count) { return; }

  let point = get_point(index);
  let pos = uniforms.matrix * point.position;

  // Check if point is in viewport [-1, 1]
  let in_viewport = pos.x >= -1.0 && pos.x <= 1.0 && pos.y >= -1.0 && pos.y <= 1.0;

  if (in_viewport) {
    // Increment visible count
    atomicAdd(&downsample_counters[0], 1u);

    // Lookup density at this point's location from blur_buffer
    let width = uniforms.density_width;
    let height = uniforms.density_height;
    let dx = (pos.x + 1.0) / 2.0 * f32(width) - 0.5;
    let dy = (pos.y + 1.0) / 2.0 * f32(height) - 0.5;
    let ix = clamp(i32(dx), 0, width - 1);
    let iy = clamp(i32(dy), 0, height - 1);

    // Sum density across all categories at this grid cell
    var density: f32 = 0.0;
    for (var c: u32 = 0; c < uniforms.category_count; c++) {
      let offset = iy * width + ix + i32(c) * (width * height);
      density += f32(blur_buffer[offset]);
    }
    // Store density (positive = visible). Add small epsilon to ensure > 0.
    density = min(max(density, 0.0001), 65535.0);
    point_data[index] = density;

    // Track max density using fixed-point atomics
    let density_fixed = u32(density * 65536.0);
    atomicMax(&downsample_counters[1], density_fixed);
  } else {
    // Not visible: store -1.0
    point_data[index] = -1.0;
  }
}

// =====================================================
// Downsampling Pass 2: Probabilistic acceptance
// =====================================================

@compute @workgroup_size(256)
fn downsample_density_sample(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = id.y * DOWNSAMPLE_STRIDE + id.x;
  if (index >= uniforms.count) { return; }

  let density = point_data[index];

  // Not visible (density < 0)
  if (density < 0.0) {
    return;
  }

  let visible_count = atomicLoad(&downsample_counters[0]);
  let render_limit = downsample_uniforms.render_limit;

  // If visible count is within limit, accept all visible points (keep positive density)
  if (visible_count <= render_limit) {
    return; // Keep positive value = accepted
  }

  // Compute acceptance probability based on density
  let max_density_fixed = atomicLoad(&downsample_counters[1]);
  let max_density = f32(max_density_fixed) / 65536.0;

  // Base acceptance rate
  let base_rate = f32(render_limit) / f32(visible_count);

  // Density-based modulation: lower density = higher acceptance
  let normalized_density = select(0.0, density / max_density, max_density > 0.0001);
  let density_weight = downsample_uniforms.density_weight;

  // Inverse density weighting: sparse areas get higher probability
  let inverse_weight = 1.0 / (1.0 + normalized_density * density_weight);

  // Compute final probability (scale by ~2 to compensate for average inverse_weight)
  let final_prob = min(1.0, base_rate * inverse_weight * 2.0);

  // Deterministic random for frame stability (based on point index + frame seed)
  let seed = index ^ downsample_uniforms.frame_seed;
  let rand = random_float(seed);

  // If not accepted, set to negative (marks as rejected)
  if (rand >= final_prob) {
    point_data[index] = -1.0;
  }
}

// =====================================================
// Draw points with downsampling
// =====================================================

@vertex
fn points_downsampled_vs(
  @builtin(instance_index) instance: u32,
  @builtin(vertex_index) part: u32,
) -> PointsVertexOutput {
  var out: PointsVertexOutput;

  let point_data = point_data_read[instance];
  if (point_data < 0.0) {
    // To discard a point, we set a out-of-viewport position. This avoids fragment costs.
    out.position = vec4<f32>(-1000, -1000, 0.0, 1.0);
    return out;
  }

  let framebuffer_size = vec2(f32(uniforms.framebuffer_width), f32(uniforms.framebuffer_height));
  let alpha = uniforms.point_alpha * uniforms.points_alpha;
  let dp = vec2<f32>(f32(part % 2), f32(part / 2)) * 2.0 - 1.0;
  let point = get_point(instance);
  let pos = uniforms.matrix * point.position;
  out.position = vec4<f32>(pos.xy + dp * uniforms.point_size / framebuffer_size * 2.0, 0.0, 1.0);
  out.dp = vec3(dp, uniforms.point_size);
  out.color = uniforms.category_colors[point.category] * alpha;
  return out;
}
`,hf=class{props;viewport;df;device;module;uniforms;context;renderInputs;dataBuffers;renderer;constructor(t,e,n,r,i){this.context=t,this.props={mode:"points",colorScheme:"light",x:new Float32Array,y:new Float32Array,category:null,categoryCount:1,categoryColors:null,viewportX:0,viewportY:0,viewportScale:1,pointSize:1,pointAlpha:1,pointsAlpha:1,densityScaler:1,densityBandwidth:1,densityQuantizationStep:.1,contoursAlpha:1,densityAlpha:1,gamma:2.2,width:r,height:i,downsampleMaxPoints:4e6,downsampleDensityWeight:5},this.viewport=new Vn({x:0,y:0,scale:1},r,i),this.df=new Mn;let a=this.df;this.renderInputs={mode:a.value(this.props.mode),colorScheme:a.value(this.props.colorScheme),xData:a.value(this.props.x),yData:a.value(this.props.y),categoryData:a.value(this.props.category),categoryCount:a.value(this.props.categoryCount),categoryColors:a.value(this.props.categoryColors),matrix:a.value(sa()),width:a.value(r),height:a.value(i),pointSize:a.value(this.props.pointSize),densityBandwidth:a.value(this.props.densityBandwidth),downsampleMaxPoints:a.value(this.props.downsampleMaxPoints),downsampleDensityWeight:a.value(this.props.downsampleDensityWeight)},this.device=a.value(e),this.dataBuffers=pf(a,this.device,this.renderInputs),this.module=a.derive([this.device],l=>l.createShaderModule({code:df})),this.uniforms=Ju(a,this.device),this.renderer=gf(a,this.device,this.module,this.uniforms,n,this.renderInputs,this.dataBuffers)}setProps(t){let e=!1,n;for(n in t)t[n]!==this.props[n]&&(this.props[n]=t[n],e=!0);return this.viewport.update({x:this.props.viewportX,y:this.props.viewportY,scale:this.props.viewportScale},this.props.width,this.props.height),this.renderInputs.mode.value=this.props.mode,this.renderInputs.colorScheme.value=this.props.colorScheme,this.renderInputs.xData.value=this.props.x,this.renderInputs.yData.value=this.props.y,this.renderInputs.categoryData.value=this.props.category,this.renderInputs.categoryColors.value=this.props.categoryColors,this.props.category==null?this.renderInputs.categoryCount.value=1:this.renderInputs.categoryCount.value=this.props.categoryCount,this.renderInputs.matrix.value=this.viewport.matrix(),this.renderInputs.width.value=this.props.width,this.renderInputs.height.value=this.props.height,this.renderInputs.pointSize.value=this.props.pointSize,this.renderInputs.densityBandwidth.value=this.props.densityBandwidth,this.renderInputs.downsampleMaxPoints.value=this.props.downsampleMaxPoints,this.renderInputs.downsampleDensityWeight.value=this.props.downsampleDensityWeight,e}render(){this.renderer.value(this.props,this.context.getCurrentTexture().createView())}destroy(){this.df.destroy()}async densityMap(t,e,n,r){let i=this.df.subgraph(),{x:a,y:l,scale:s}=r,o=[s,0,0,0,s,0,-a*s,-l*s,1],u=fa(o),f=await vf(i,this.device,this.module,this.uniforms,i.value(t),i.value(e),i.value(n),i.value(o),this.dataBuffers).value();return i.destroy(),{data:f,width:t,height:e,coordinateAtPixel:(c,h)=>{let d=ua([c/t*2-1,h/e*2-1,1],u);return{x:d[0],y:d[1]}}}}};function pf(t,e,n){let r=GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_DST,i=t.derive([n.xData],s=>s.length),a=t.derive([i],s=>s*4),l=i;return{x:t.statefulDerive([e,t.statefulDerive([e,a,r],Jt),n.xData],ir),y:t.statefulDerive([e,t.statefulDerive([e,a,r],Jt),n.yData],ir),category:t.statefulDerive([e,t.statefulDerive([e,l,r],Jt),n.categoryData],ir),count:i}}function ba(t,e,n,r,i,a,l){let s="rgba16float",o="r16float",u=GPUTextureUsage.RENDER_ATTACHMENT|GPUTextureUsage.TEXTURE_BINDING,f=t.statefulDerive([e,n,r,s,u],_i),c=t.statefulDerive([e,n,r,o,u],_i),h=t.derive([i,a,l],(g,v,m)=>g*v*m*4),d=t.derive([i,a,l],(g,v,m)=>g*v*m*2);return{colorTexture:f,alphaTexture:c,colorTextureFormat:s,alphaTextureFormat:o,countBuffer:t.statefulDerive([e,h,GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_DST|GPUBufferUsage.COPY_SRC],Jt),blurBuffer:t.statefulDerive([e,d,GPUBufferUsage.STORAGE],Jt)}}function gf(t,e,n,r,i,a,l){let s=t.derive([a.densityBandwidth],P=>Math.ceil(P*3)+1),o=t.derive([a.width,s],(P,C)=>P+C*2),u=t.derive([a.height,s],(P,C)=>P+C*2),f=t.derive([o],P=>Math.ceil(P/4)),c=t.derive([u],P=>Math.ceil(P/4)),h=ba(t,e,o,u,f,c,a.categoryCount),d=va(t,e,r.buffer,l,h),g=rf(t,e,l.count,a.downsampleMaxPoints),v=ga(t,e,n,d,l,h),m=lf(t,e,n,d,l,h),b=sf(t,e,n,d,g,h),_=af(t,e,n,d,h),y=uf(t,e,n,i,d),w=ya(t,e,n,d,o,u,a.categoryCount),S=t.derive([d.layouts],P=>P),B=of(t,e,n,t.derive([S],P=>P.group0),t.derive([S],P=>P.group1),h.blurBuffer,d.group0,d.group1,g,l),U=t.derive([a.densityBandwidth,o,f],(P,C,J)=>xa(P/C*J)),Y=t.derive([a.categoryColors,a.categoryCount],(P,C)=>(P??=An(C),P.map(J=>Hr(J))));return t.derive([e,o,u,f,c,r.update,l.count,a.matrix,Y,m,b,y,v,w,_,B,U],(P,C,J,it,et,yt,ot,Mt,R,ft,ht,ne,pe,re,H,St,Lt)=>(X,Qe)=>{let De=X.colorScheme=="light"?[1,1,1,1]:[0,0,0,1],ge=X.width/C,ve=X.height/J,dt=Qr([ge,0,0,0,ve,0,0,0,1],Mt);yt({count:ot,category_count:X.categoryCount,framebuffer_width:C,framebuffer_height:J,density_width:it,density_height:et,gamma:X.gamma,point_size:Math.max(X.mode=="points"?3:1,X.pointSize),point_alpha:X.pointAlpha,points_alpha:X.pointsAlpha,density_scaler:X.densityScaler/16,quantization_step:X.densityQuantizationStep,density_alpha:X.densityAlpha,contours_alpha:X.contoursAlpha,matrix:dt,view_xy_scaler:[1/ge,1/ve],kde_causal:Lt.kde_causal,kde_anticausal:Lt.kde_anticausal,kde_a:Lt.kde_a,background_color:De,category_colors:R});let I=P.createCommandEncoder(),ie=X.downsampleMaxPoints,Ke=ie===null||ie===1/0||!Number.isFinite(ie)||ie<=0?null:ie;Ke!==null&&ot>Ke?(pe(I),re(I),St(I,{maxPoints:Ke,densityWeight:X.downsampleDensityWeight,frameSeed:42}),ht(I,ot),X.mode=="density"&&(X.densityAlpha>0||X.contoursAlpha>0)&&H(I)):(ft(I),X.mode=="density"&&(X.densityAlpha>0||X.contoursAlpha>0)&&(pe(I),re(I),H(I))),ne(I,Qe),P.queue.submit([I.finish()])})}function vf(t,e,n,r,i,a,l,s,o){let u=ba(t,e,i,a,i,a,t.value(1)),f=va(t,e,r.buffer,o,u),c=ga(t,e,n,f,o,u),h=ya(t,e,n,f,i,a,t.value(1));return t.derive([e,i,a,o.count,r.update,l,s,c,h,u.countBuffer],(d,g,v,m,b,_,y,w,S,B)=>()=>{let U=d.createCommandEncoder(),Y=xa(_);b({count:m,category_count:1,framebuffer_width:g,framebuffer_height:v,density_width:g,density_height:v,gamma:1,point_size:0,point_alpha:0,points_alpha:0,density_scaler:0,quantization_step:0,density_alpha:0,contours_alpha:0,matrix:y,view_xy_scaler:[1,1],kde_causal:Y.kde_causal,kde_anticausal:Y.kde_anticausal,kde_a:Y.kde_a,background_color:[0,0,0,0],category_colors:[]}),w(U),S(U);let P=d.createBuffer({size:g*v*2,usage:GPUBufferUsage.COPY_DST|GPUBufferUsage.MAP_READ});return U.copyBufferToBuffer(B,0,P,0,g*v*2),d.queue.submit([U.finish()]),P.mapAsync(GPUMapMode.READ,0,g*v*2).then(()=>mf(P.getMappedRange()))})}function mf(t){let e=new Uint16Array(t),n=new Uint32Array(e.length);for(let r=0;r<e.length;r++){let i=e[r]&32767,a=e[r]&32768,l=e[r]&31744;i<<=13,a<<=16,i+=939524096,i=l==0?0:i,i|=a,n[r]=i}return new Float32Array(n.buffer)}var en=void 0;function yf(){return en??(en=document.createElement("canvas"),en.width=1,en.height=1),en.getContext("2d")}function xf(t){let e=yf();e.font=`${t.fontSize??10}px ${t.fontFamily??"system-ui"}`;let n=t.text.split(`
`).map(i=>e.measureText(i).width),r=(t.fontSize??10)*(t.lineSpacing??1)*n.length;return{width:n.reduce((i,a)=>Math.max(i,a)),height:r}}var Hi=null,Pr=new Map;function bf(){return Hi??=new Promise((t,e)=>{let n=new Worker(new URL("./clustering.worker.js",import.meta.url),{type:"module"});n.onmessage=r=>{if(r.data.ready){t(n);return}if(r.data.id!=null){let i=Pr.get(r.data.id);i!=null&&(Pr.delete(r.data.id),i(r.data))}}}),Hi}function wa(t,e,n=[]){return new Promise((r,i)=>{bf().then(a=>{let l=new Date().getTime().toString()+"-"+Math.random().toString();Pr.set(l,s=>{r(s.payload)}),a.postMessage({id:l,name:t,payload:e},n)})})}var wf=(t,e,n,r)=>wa("findClusters",[t,e,n,r],[t.buffer]),_f=(...t)=>wa("dynamicLabelPlacement",t);async function Qi(t,e,n){let r=e.reduce((u,f)=>Math.min(u,f.level??0),0),i=e.reduce((u,f)=>Math.max(u,f.level??0),0),a=t*.5,l=t*2,s=e.map(u=>{let f={x:u.x,y:u.y},c=u.level??0,h=c==0?14:12,d;return typeof u.content=="string"?(d=xf({text:u.content,fontSize:h,fontFamily:n}),d.width+=4,d.height+=4):d={width:u.content.width+4,height:u.content.height+4},{content:u.content,fontSize:h,bounds:{xMin:f.x-d.width/2,xMax:f.x+d.width/2,yMin:f.y-d.height/2,yMax:f.y+d.height/2},locationAtZero:f,priority:u.priority,minScale:u.level==i?null:1/(l*2**c*1.2),maxScale:u.level==r?null:1/(l*2**(c-1)),coordinate:{x:u.x,y:u.y},placement:null}}),o=await _f(s,{globalMaxScale:1/a});for(let u=0;u<o.length;u++){let f=o[u];if(f!=null){let c=1/f.minScale,h=1/f.maxScale;s[u].placement={minScale:h,maxScale:c}}}return s}var Ki=hl(cl(((t,e)=>{(function(){function n(o,u){var f=o.x-u.x,c=o.y-u.y;return f*f+c*c}function r(o,u,f){var c=u.x,h=u.y,d=f.x-c,g=f.y-h;if(d!==0||g!==0){var v=((o.x-c)*d+(o.y-h)*g)/(d*d+g*g);v>1?(c=f.x,h=f.y):v>0&&(c+=d*v,h+=g*v)}return d=o.x-c,g=o.y-h,d*d+g*g}function i(o,u){for(var f=o[0],c=[f],h,d=1,g=o.length;d<g;d++)h=o[d],n(h,f)>u&&(c.push(h),f=h);return f!==h&&c.push(h),c}function a(o,u,f,c,h){for(var d=c,g,v=u+1;v<f;v++){var m=r(o[v],o[u],o[f]);m>d&&(g=v,d=m)}d>c&&(g-u>1&&a(o,u,g,c,h),h.push(o[g]),f-g>1&&a(o,g,f,c,h))}function l(o,u){var f=o.length-1,c=[o[0]];return a(o,0,f,u,c),c.push(o[f]),c}function s(o,u,f){if(o.length<=2)return o;var c=u===void 0?1:u*u;return o=f?o:i(o,c),o=l(o,c),o}typeof define=="function"&&define.amd?define(function(){return s}):e===void 0?typeof self<"u"?self.simplify=s:window.simplify=s:(e.exports=s,e.exports.default=s)})()}))(),1);function Af(t,e){let n=t.slice();for(let r=0;r<e;r++){let i=[],a=n.length;for(let l=0;l<a;l++){let s=n[l],o=n[(l+1)%a],u={x:.75*s.x+.25*o.x,y:.75*s.y+.25*o.y},f={x:.25*s.x+.75*o.x,y:.25*s.y+.75*o.y};i.push(u,f)}n=i}return n}function Mf(t,e){let n=Af(t,5),r=Xs(n),i=Math.max(r.xMax-r.xMin,r.yMax-r.yMin)/100,a=(0,Ki.default)(n,i),l=0;for(;a.length>e&&l<20;)i*=1.1,l+=1,a=(0,Ki.default)(n,i);return a}var Zi={light:{fontFamily:"system-ui,sans-serif",clusterLabelColor:"#000",clusterLabelOutlineColor:"rgba(255,255,255,0.8)",clusterLabelOpacity:.8,statusBar:!0,statusBarTextColor:"#525252",statusBarBackgroundColor:"rgba(255,255,255,0.9)",brandingLink:{text:"Embedding Atlas",href:"https://apple.github.io/embedding-atlas"}},dark:{fontFamily:"system-ui,sans-serif",clusterLabelColor:"#ccc",clusterLabelOutlineColor:"rgba(0,0,0,0.8)",clusterLabelOpacity:.8,statusBar:!0,statusBarTextColor:"#d9d9d9",statusBarBackgroundColor:"rgba(0,0,0,0.9)",brandingLink:{text:"Embedding Atlas",href:"https://apple.github.io/embedding-atlas"}}};function Ef(t,e){return t==null?Zi[e]:{...Zi[e],...t,...t[e]==null?{}:t[e]}}function Tf(t,e,n,r,i,a,l){let s=Math.max(r,i)/a,o=t/(n*n)/(s*s),u=1/(o/(a*a))*.2,f=Math.sqrt(t/e/(s*s)),c=(Math.min(Math.max((Math.log(n)-Math.log(f))*2,-1),1)+1)/2,h;if(l!=null)h=l*a;else{let v=.25/Math.sqrt(o);h=Math.max(.2,Math.min(5,v))*a}let d=1-c,g=.5+c*.5;return{densityScaler:u,densityAlpha:d,contoursAlpha:d,pointSize:h,pointAlpha:.7,pointsAlpha:g,densityBandwidth:20}}var Sf=de("<div></div>"),Ji=he("<circle></circle>"),Rf=he("<image></image>"),Ff=he('<text dominant-baseline="middle"> </text>'),to=he("<g></g>"),Pf=he("<g><!></g>"),Bf=de('<div><canvas></canvas> <div><!></div> <svg role="none"><!><!><!><!></svg> <!> <!></div>');function kf(t,e){Be(e,!0);let n=D(e,"data",19,()=>({x:new Float32Array,y:new Float32Array,category:null})),r=D(e,"categoryCount",3,1),i=D(e,"categoryColors",3,null),a=D(e,"width",3,800),l=D(e,"height",3,800),s=D(e,"pixelRatio",3,2),o=D(e,"theme",3,null),u=D(e,"config",3,null),f=D(e,"totalCount",3,null),c=D(e,"maxDensity",3,null),h=D(e,"labels",3,null),d=D(e,"queryClusterLabels",3,null),g=D(e,"tooltip",7,null),v=D(e,"selection",7,null),m=D(e,"querySelection",3,null),b=D(e,"rangeSelection",7,null),_=D(e,"defaultViewportState",3,null),y=D(e,"viewportState",7,null),w=D(e,"customTooltip",3,null),S=D(e,"customOverlay",3,null),B=D(e,"onViewportState",3,null),U=D(e,"onTooltip",3,null),Y=D(e,"onSelection",3,null),P=D(e,"onRangeSelection",3,null),C=D(e,"cache",3,null),J=D(e,"cacheIdentifier",3,void 0),it=k(()=>u()?.colorScheme??"light"),et=k(()=>Ef(o(),p(it))),yt=k(()=>i()??An(r())),ot=k(()=>y()??_()??{x:0,y:0,scale:1}),Mt=k(()=>new Vn(p(ot),a(),l())),R=k(()=>p(Mt).pixelLocationFunction()),ft=k(()=>p(Mt).coordinateAtPixelFunction()),ht=mt(!1);function ne(x,A){return x.x==A.x&&x.y==A.y&&x.category==A.category&&x.text==A.text}let pe=k(()=>v()?.length==1&&g()!=null&&ne(v()[0],g()));function re(x){ze(y(),x)||(y(x),B()?.(x))}function H(x){ze(g(),x)||(g(x),U()?.(x))}function St(x){ze(v(),x)||(v(x),Y()?.(x))}function Lt(x){ze(b(),x)||(b(x),P()?.(x))}let X=mt(we([])),Qe=mt(null),De=mt("none"),ge=k(()=>a()*s()),ve=k(()=>l()*s()),dt=mt(null),I=mt(null),ie=mt(null),Ke=k(()=>u()?.minimumDensity??1/16),Ea=k(()=>u()?.pointSize??null),Ta=k(()=>u()?.mode??"points"),Sa=k(()=>u()?.autoLabelEnabled),Ra=k(()=>u()?.downsampleMaxPoints??4e6),Fa=k(()=>u()?.downsampleDensityWeight??5),ti=k(()=>Tf(c()??(f()??n().x.length)/4,p(Ke),p(ot).scale,p(ge),p(ve),s(),p(Ea))),Hn=k(()=>p(ti).pointSize),Qn=!0,ei=null;fn(()=>{h()!==ei&&(ei=h(),Qn=!0),p(I)?.setProps({mode:p(Ta),colorScheme:p(it),viewportX:p(ot).x,viewportY:p(ot).y,viewportScale:p(ot).scale,width:p(ge),height:p(ve),x:n().x,y:n().y,category:n().category,categoryCount:r(),categoryColors:p(yt),downsampleMaxPoints:p(Ra),downsampleDensityWeight:p(Fa),...p(ti)})&&Pa(),(p(Sa)!==!1||h()!=null)&&Qn&&p(I)!=null&&n().x!=null&&n().x.length>0&&_()!=null&&(Qn=!1,Na(_()))});function ni(){ri=null,!(!p(dt)||!p(I))&&(p(dt).width=p(I).props.width,p(dt).height=p(I).props.height,p(dt).style.width=`${p(I).props.width/s()}px`,p(dt).style.height=`${p(I).props.height/s()}px`,p(I).render())}let ri=null;function Pa(){ri??=requestAnimationFrame(ni)}function ii(x){nt(ie,"WebGPU is unavailable. Falling back to WebGL.");let A;function E(){if(A=x.getContext("webgl2",{antialias:!1}),A==null){console.error("Could not get WebGL 2 context");return}A.getExtension("EXT_color_buffer_float"),A.getExtension("EXT_float_blend"),A.getExtension("OES_texture_float_linear"),nt(I,new Wu(A,p(ge),p(ve)),!0)}E(),x.addEventListener("webglcontextlost",()=>{p(I)?.destroy(),nt(I,null),A=null}),x.addEventListener("webglcontextrestored",()=>{E()})}function Ba(x){let A=!0;async function E(){let T=await gl();if(T==null){console.error("Could not get WebGPU device"),A&&ii(x);return}let L=x.getContext("webgpu");if(L==null){console.error("Could not get WebGPU canvas context"),A&&ii(x);return}A=!1,T.addEventListener("uncapturederror",N=>{console.error("WebGPU uncaptured error:",N.error)}),T.lost.then(async N=>{console.info(`WebGPU device was lost: ${N.message}`),N.reason!="destroyed"&&(p(I)?.destroy(),nt(I,null),L.unconfigure(),await E())});let F=navigator.gpu.getPreferredCanvasFormat();L.configure({device:T,format:F,alphaMode:"premultiplied"}),nt(I,new hf(L,T,F,p(ge),p(ve)),!0)}E()}function ka(x){x!=null&&y()==null&&re(x)}fn(()=>ka(_())),Wr(()=>{if(p(dt)==null)return;Ba(p(dt));let x=p(dt).toDataURL;p(dt).toDataURL=(...A)=>(ni(),x.apply(p(dt),A))}),Fs(()=>{p(I)?.destroy(),nt(I,null)});function Ce(x){let A=p(dt)?.getBoundingClientRect()??{left:0,top:0};return{x:x.clientX-A.left,y:x.clientY-A.top}}function Da(x){x.preventDefault();let{x:A,y:E}=Ce(x);Ca(Math.exp(-x.deltaY/200),{x:A,y:E})}function Ca(x,A){let{x:E,y:T,scale:L}=p(ot);H(null);let F=(_()?.scale??1)*100,N=(_()?.scale??1)*.01,tt=Math.min(F,Math.max(N,L*x)),j=p(dt).getBoundingClientRect(),lt=Math.max(j.width,j.height),zt=(A.x-j.width/2)/lt*2,Et=(j.height/2-A.y)/lt*2;re({x:E+zt/L-zt/tt,y:T+Et/L-Et/tt,scale:tt})}function Ua(x){H(null);let A="pan";p(De)=="none"?x.modifiers.shift&&(A=x.modifiers.meta?"lasso":"marquee"):x.modifiers.shift||(A=p(De));let E=Ce(x);switch(A){case"marquee":return{move:T=>{if(H(null),p(I)==null)return;let L=Ce(T),F=p(ft)(E.x,E.y),N=p(ft)(L.x,L.y);Lt({xMin:Math.min(F.x,N.x),yMin:Math.min(F.y,N.y),xMax:Math.max(F.x,N.x),yMax:Math.max(F.y,N.y)})}};case"lasso":{let T=[p(ft)(E.x,E.y)];return{move:L=>{if(H(null),p(I)==null)return;let F=Ce(L);T=[...T,p(ft)(F.x,F.y)],T.length>=3&&Lt(Mf(T,24))}}}case"pan":{let T=p(ft)(0,0),L=p(ft)(1,1),F=T.x-L.x,N=T.y-L.y,tt=p(ot).x,j=p(ot).y;return{move:lt=>{re({x:tt+(lt.clientX-x.clientX)*F,y:j+(lt.clientY-x.clientY)*N,scale:p(ot).scale})}}}}}async function La(x){if(b()!=null)Lt(null);else{let A=await oi(Ce(x));if(A==null)St([]),H(null);else if(x.modifiers.shift||x.modifiers.ctrl||x.modifiers.meta){let E=v()?.findIndex(T=>T.x==A.x&&T.y==A.y&&T.category==A.category);v()==null||E==null||E<0?(St([...v()??[],A]),H(A)):(St([...v().slice(0,E),...v().slice(E+1)]),H(null))}else St([A]),H(A)}}let Kn=Vs(async x=>{let A=x?Ce(x):null;if(v()!=null&&v().length==1){let E=p(R)(v()[0].x,v()[0].y);A!=null&&Ys(A,E)<10&&H(v()[0])}else H(await oi(A))},()=>g()!=null);function za(x){x==null?Kn(null):p(ht)||Kn(x)}fn(()=>{p(ht)&&Kn(null)});async function oi(x){if(p(I)==null||x==null||m()==null)return null;let{x:A,y:E}=p(ft)(x.x,x.y),T=Math.abs(p(ft)(x.x+1,x.y).x-A);return await m()(A,E,T)}async function ai(x,A,E,T=.005){let L=await x.densityMap(1e3,1e3,A,E),F=await wf(L.data,L.width,L.height),N=[];for(let j=0;j<F.length;j++){let lt=F[j],zt=L.coordinateAtPixel(lt.meanX,lt.meanY),Et=lt.boundaryRectApproximation.map(([It,Ue,Jn,ae])=>{let pt=L.coordinateAtPixel(It,Ue),Nt=L.coordinateAtPixel(Jn,ae);return{xMin:Math.min(pt.x,Nt.x),xMax:Math.max(pt.x,Nt.x),yMin:Math.min(pt.y,Nt.y),yMax:Math.max(pt.y,Nt.y)}});N.push({x:zt.x,y:zt.y,sumDensity:lt.sumDensity,rects:Et,bandwidth:A})}let tt=N.reduce((j,lt)=>Math.max(j,lt.sumDensity),0);return N.filter(j=>j.sumDensity/tt>T)}async function Ia(x){if(p(I)==null||d()==null)return[];let A=await wi({autoLabel:{version:3,identifier:J(),viewport:x,stopWords:u()?.autoLabelStopWords,densityThreshold:u()?.autoLabelDensityThreshold}});if(C()!=null){let F=await C().get(A);if(F!=null)return F}let E=await ai(p(I),10,x,u()?.autoLabelDensityThreshold??.005);E=E.concat(await ai(p(I),5,x));let T=await d()(E.map(F=>F.rects));for(let F=0;F<E.length;F++){let N=T[F];E[F].content=N,typeof N=="object"&&N&&"x"in N&&"y"in N&&N.x!=null&&N.y!=null&&(E[F].x=N.x,E[F].y=N.y)}let L=E.filter(F=>F.content!=null&&(typeof F.content!="string"||F.content.length>0)).map(F=>({x:F.x,y:F.y,content:F.content,priority:F.sumDensity,level:F.bandwidth==10?0:1}));return C()!=null&&await C().set(A,L),L}async function Na(x){let A=new Vn(x,1e3,1e3);if(p(I)!=null)if(h()!=null)nt(X,await Qi(A.scale(),h(),p(et).fontFamily),!0);else{nt(Qe,"Generating labels...");try{let E=await Ia(x);nt(X,await Qi(A.scale(),E,p(et).fontFamily),!0)}catch(E){console.error("Error while generating labels",E)}finally{nt(Qe,null)}}}class Ga{content;constructor(A,E){let T=document.createElement("div");this.content=T,this.update(E),A.appendChild(T)}update(A){let E=this.content;E.style.fontFamily=A.fontFamily,p(it)=="light"?(E.style.color="#000",E.style.background="#fff",E.style.border="1px solid #000"):(E.style.color="#ccc",E.style.background="#000",E.style.border="1px solid #ccc"),E.style.borderRadius="2px",E.style.padding="5px",E.style.fontSize="12px",E.style.maxWidth="300px",E.innerText=A.tooltip.text??JSON.stringify(A.tooltip)}}function Oa(x){x.addEventListener("wheel",()=>{},{passive:!0})}var Ze=Bf();let li;var Zn=ut(Ze);q(Zn,"",{},{position:"absolute",top:"0",left:"0"}),Tr(Zn,x=>nt(dt,x),()=>p(dt));var En=K(Zn,2);let si;var $a=ut(En),qa=x=>{let A=k(()=>ra(S())),E=k(()=>({location:p(R),width:a(),height:l()}));var T=Ne();ks(xe(T),()=>p(A),L=>{var F=Sf();Ft(F,(N,tt)=>p(A)?.(N,tt),()=>ia(S(),{proxy:p(E)})),Q(L,F)}),Q(x,T)};gt($a,x=>{S()&&x(qa)}),at(En);var oe=K(En,2);q(oe,"",{},{position:"absolute",left:"0",top:"0"});var ui=ut(oe),Va=x=>{let A=k(()=>{let{x:tt,y:j}=p(R)(g().x,g().y);return{x:tt,y:j}}),E=k(()=>Math.max(3,p(Hn)/s())+1);var T=Ne(),L=xe(T),F=tt=>{var j=Ji();let lt;bt(()=>{M(j,"cx",p(A).x),M(j,"cy",p(A).y),M(j,"r",p(E)),lt=q(j,"",lt,{stroke:p(it)=="light"?"#000":"#fff","stroke-width":1,fill:"none"})}),Q(tt,j)},N=k(()=>isFinite(p(A).x)&&isFinite(p(A).y)&&isFinite(p(E)));gt(L,tt=>{p(N)&&tt(F)}),Q(x,T)};gt(ui,x=>{g()!=null&&p(I)!=null&&x(Va)});var fi=K(ui),Ya=x=>{var A=Ne();lr(xe(A),17,v,ar,(E,T)=>{let L=k(()=>{let{x:Et,y:It}=p(R)(p(T).x,p(T).y);return{x:Et,y:It}}),F=k(()=>p(T).category==null?p(yt)[0]:p(yt)[p(T).category]),N=k(()=>Math.max(3,p(Hn)/s())+1);var tt=Ne(),j=xe(tt),lt=Et=>{var It=Ji();let Ue;bt(()=>{M(It,"cx",p(L).x),M(It,"cy",p(L).y),M(It,"r",p(N)),Ue=q(It,"",Ue,{stroke:p(it)=="light"?"#000":"#fff","stroke-width":2,fill:p(F)})}),Q(Et,It)},zt=k(()=>isFinite(p(L).x)&&isFinite(p(L).y)&&isFinite(p(N)));gt(j,Et=>{p(zt)&&Et(lt)}),Q(E,tt)}),Q(x,A)};gt(fi,x=>{v()!=null&&p(I)!=null&&x(Ya)});var ci=K(fi),Wa=x=>{var A=to();lr(A,21,()=>p(X),ar,(E,T)=>{let L=k(()=>p(R)(p(T).coordinate.x,p(T).coordinate.y)),F=k(()=>p(Mt).scale()),N=k(()=>p(T).placement!=null&&p(T).placement.minScale<=p(F)&&p(F)<=p(T).placement.maxScale);var tt=Pf(),j=ut(tt),lt=zt=>{var Et=Ne(),It=xe(Et),Ue=ae=>{var pt=Rf();let Nt;bt(()=>{M(pt,"href",p(T).content.image),M(pt,"x",-p(T).content.width/2),M(pt,"y",-p(T).content.height/2),M(pt,"width",p(T).content.width),M(pt,"height",p(T).content.height),Nt=q(pt,"",Nt,{"user-select":"none","-webkit-user-select":"none",opacity:p(et).clusterLabelOpacity})}),Q(ae,pt)},Jn=ae=>{let pt=k(()=>p(T).content.split(`
`));var Nt=to();lr(Nt,21,()=>p(pt),ar,(Za,Ja,tl)=>{var me=Ff();M(me,"x",0);let hi;var el=ut(me,!0);at(me),bt(()=>{M(me,"y",(tl-(p(pt).length-1)/2)*p(T).fontSize),M(me,"font-size",p(T).fontSize),hi=q(me,"",hi,{"paint-order":"stroke","stroke-width":"4","stroke-linejoin":"round","stroke-linecap":"round","text-anchor":"middle",fill:p(et).clusterLabelColor,stroke:p(et).clusterLabelOutlineColor,opacity:p(et).clusterLabelOpacity,"user-select":"none","-webkit-user-select":"none","font-family":p(et).fontFamily}),cn(el,p(Ja))}),Q(Za,me)}),at(Nt),Q(ae,Nt)};gt(It,ae=>{typeof p(T).content=="string"?ae(Jn,-1):ae(Ue)}),Q(zt,Et)};gt(j,zt=>{p(N)&&zt(lt)}),at(tt),bt(()=>M(tt,"transform",`translate(${p(L).x??""},${p(L).y??""})`)),Q(E,tt)}),at(A),Q(x,A)};gt(ci,x=>{x(Wa)});var Xa=K(ci),ja=x=>{var A=Ne(),E=xe(A),T=F=>{Hs(F,{get value(){return b()},get pointLocation(){return p(R)}})},L=F=>{qs(F,{get value(){return b()},onChange:Lt,get pointLocation(){return p(R)},get coordinateAtPoint(){return p(ft)},preventHover:N=>{nt(ht,N,!0)}})};gt(E,F=>{b()instanceof Array?F(T):F(L,-1)}),Q(x,A)};gt(Xa,x=>{b()!=null&&p(I)!=null&&x(ja)}),at(oe),Ft(oe,(x,A)=>Gt?.(x,A),()=>({click:La,drag:Ua,hover:za}));var di=K(oe,2),Ha=x=>{let A=k(()=>p(R)(g().x,g().y));{let E=k(()=>Math.max(3,p(Hn)/s())),T=k(()=>w()??{class:Ga,props:{colorScheme:p(it),fontFamily:p(et).fontFamily}});lu(x,{get location(){return p(A)},get allowInteraction(){return p(pe)},get targetHeight(){return p(E)},get customTooltip(){return p(T)},get tooltip(){return g()}})}};gt(di,x=>{g()!=null&&p(I)!=null&&x(Ha)});var Qa=K(di,2),Ka=x=>{{let A=k(()=>p(Qe)??p(ie)),E=k(()=>1/(p(R)(1,0).x-p(R)(0,0).x));iu(x,{get resolvedTheme(){return p(et)},get statusMessage(){return p(A)},get distancePerPoint(){return p(E)},get pointCount(){return n().x.length},get selectionMode(){return p(De)},onSelectionMode:T=>nt(De,T,!0)})}};gt(Qa,x=>{p(et).statusBar&&x(Ka)}),at(Ze),Ft(Ze,x=>Oa?.(x)),bt(()=>{li=q(Ze,"",li,{width:`${a()??""}px`,height:`${l()??""}px`,position:"relative"}),si=q(En,"",si,{width:`${a()??""}px`,height:`${l()??""}px`,position:"absolute",top:"0",left:"0"}),M(oe,"width",a()),M(oe,"height",l())}),ms("wheel",oe,Da),Q(t,Ze),ke()}function _a(t,e,n=0,r=t.length-1,i=Df){for(;r>n;){if(r-n>600){let o=r-n+1,u=e-n+1,f=Math.log(o),c=.5*Math.exp(2*f/3),h=.5*Math.sqrt(f*c*(o-c)/o)*(u-o/2<0?-1:1);_a(t,e,Math.max(n,Math.floor(e-u*c/o+h)),Math.min(r,Math.floor(e+(o-u)*c/o+h)),i)}let a=t[e],l=n,s=r;for(nn(t,n,e),i(t[r],a)>0&&nn(t,n,r);l<s;){for(nn(t,l,s),l++,s--;i(t[l],a)<0;)l++;for(;i(t[s],a)>0;)s--}i(t[n],a)===0?nn(t,n,s):(s++,nn(t,s,r)),s<=e&&(n=s+1),e<=s&&(r=s-1)}}function nn(t,e,n){let r=t[e];t[e]=t[n],t[n]=r}function Df(t,e){return t<e?-1:+(t>e)}var rn=new Float32Array;function eo(t){let e=t.length;if(e===0)return 0;rn.length<e&&(rn=new Float32Array(e)),rn.set(t);let n=Math.floor(e/2);return _a(rn,n,0,e-1),rn[n]}function no(t){let e=t.length;if(e===0)return 0;let n=t[0],r=0,i=0;for(let s=0;s<e;s++){let o=t[s]-n;r+=o,i+=o*o}let a=r/e,l=i/e-a*a;return Math.sqrt(l>0?l:0)}var Cf=256,ro=null;function Uf(t,e,n,r=0,i=0){let a=Cf,l=ro;l==null?(l=new Int32Array(a*a),ro=l):l.fill(0);let s=0;for(let o=0;o<t.length;o++){let u=Math.floor((t[o]-r)/n)+128,f=Math.floor((e[o]-i)/n)+128;if(u<0||u>=a||f<0||f>=a)continue;let c=++l[f*a+u];c>s&&(s=c)}return s/(n*n)}function Lf(t,e){Be(e,!0);let n=D(e,"tooltip",3,null),r=D(e,"selection",3,null),i=D(e,"rangeSelection",3,null),a=D(e,"categoryColors",3,null),l=D(e,"width",3,null),s=D(e,"height",3,null),o=D(e,"pixelRatio",3,null),u=D(e,"theme",3,null),f=D(e,"config",3,null),c=D(e,"viewportState",3,null),h=D(e,"labels",3,null),d=D(e,"customTooltip",3,null),g=D(e,"customOverlay",3,null),v=D(e,"querySelection",3,null),m=D(e,"queryClusterLabels",3,null),b=D(e,"onViewportState",3,null),_=D(e,"onTooltip",3,null),y=D(e,"onSelection",3,null),w=D(e,"onRangeSelection",3,null),S=D(e,"cache",3,null),B=k(()=>P(e.data)),U=null,Y=1;function P(C){let J=1;C.category!=null&&(C.category===U?J=Y:(J=C.category.reduce((ht,ne)=>Math.max(ht,ne),0)+1,U=C.category,Y=J));let it=eo(C.x),et=eo(C.y),yt=no(C.x),ot=no(C.y),Mt=1/(Math.max(yt,ot,.001)*3),R=.1/Mt,ft=Uf(C.x,C.y,R,it,et);return{count:C.x.length,categoryCount:J,maxDensity:ft,defaultViewportState:{x:it,y:et,scale:Mt*.95}}}{let C=k(()=>l()??800),J=k(()=>s()??800),it=k(()=>o()??2),et=k(()=>({x:e.data.x,y:e.data.y,category:e.data.category??null}));kf(t,{get width(){return p(C)},get height(){return p(J)},get pixelRatio(){return p(it)},get theme(){return u()},get config(){return f()},get data(){return p(et)},get totalCount(){return p(B).count},get maxDensity(){return p(B).maxDensity},get categoryCount(){return p(B).categoryCount},get categoryColors(){return a()},get defaultViewportState(){return p(B).defaultViewportState},get querySelection(){return v()},get queryClusterLabels(){return m()},get labels(){return h()},get customTooltip(){return d()},get customOverlay(){return g()},get tooltip(){return n()},get onTooltip(){return _()},get selection(){return r()},get onSelection(){return y()},get viewportState(){return c()},get onViewportState(){return b()},get rangeSelection(){return i()},get onRangeSelection(){return w()},get cache(){return S()}})}ke()}var Kr=class{component;currentProps;constructor(t,e){this.currentProps={...e},this.component=Ss({component:Lf,target:t,props:e})}update(t){let e={};for(let n in t)t[n]!==this.currentProps[n]&&(e[n]=t[n],this.currentProps[n]=t[n]);this.component.$set(e)}destroy(){this.component.$destroy()}};function Ma(t,e){return Array.from({length:t},(n,r)=>{let i=(165+r*137.508)%360,a=e?66+r%2*6:44+r%2*8;return zf(i,.45,a/100)})}function zf(t,e,n){let r=e*Math.min(n,1-n),i=a=>{let l=(a+t/30)%12,s=n-r*Math.max(-1,Math.min(l-3,9-l,1));return Math.round(255*s).toString(16).padStart(2,"0")};return`#${i(0)}${i(8)}${i(4)}`}function Zr(){let t=document.documentElement.dataset.theme;return t?t==="dark":matchMedia("(prefers-color-scheme: dark)").matches}function Ac({place:t,overview:e}){let n=t.query.get("of")==="images"?"images":"documents",r=gi(e.map?`/api/map/${n}`:null),[i,a]=Le(null),[l,s]=Le(null),o=r.value?.ready??!1;return ye(()=>{if(!r.value||o)return;let u=setTimeout(r.again,2e3);return()=>clearTimeout(u)},[r.value]),ye(()=>{a(null),s(null)},[n]),e.map?$("div",{class:"sided wide-rail first-side",children:[$("aside",{class:"rail","aria-label":"Clusters",children:[$("div",{class:"switch",role:"group","aria-label":"What the map shows",children:["documents","images"].map(u=>$("button",{type:"button",class:n===u?"on":"","aria-pressed":n===u,onClick:()=>xi(bi(t,{of:u==="documents"?null:u}),!0),children:u==="documents"?"Documents":"Pictures"},u))}),o&&$("fieldset",{class:"facet",children:[$("legend",{children:"Clusters, named by their words"}),r.value.clusters.map((u,f)=>$("button",{type:"button",class:"value cluster","data-row":!0,"aria-pressed":l===u.cluster,onClick:()=>s(l===u.cluster?null:u.cluster),children:[$("b",{style:{background:Ma(r.value.clusters.length,Zr())[f]}}),$("span",{class:"value-name",children:u.name}),$("span",{class:"value-count",children:Je(u.size)})]},u.cluster))]})]}),$("section",{class:"list map-side","aria-label":"Map",children:[r.fault&&$(rr,{children:r.fault}),r.value&&!o&&$("p",{class:"empty waiting",children:"The map is being drawn. That takes a minute or two, once."}),o&&$(If,{which:n,about:r.value,picked:l,onPoint:a},n),i&&$(Of,{point:i,which:n,name:r.value?.clusters[i.cluster]?.name??"",onClose:()=>a(null)}),o&&l!==null&&n==="documents"&&$("p",{class:"aside",children:$("a",{href:`/documents?cluster=${l}`,children:["The ",Je(r.value.clusters[l]?.size)," documents of this cluster"]})})]})]}):$(mi,{children:"This dataset has no vectors yet: run `looseleaf mine` on it, then it can be drawn."})}function If({which:t,about:e,picked:n,onPoint:r}){let i=er(null),a=er(null),[l,s]=Le(null),[o,u]=Le(null),[f,c]=Le(Zr);ye(()=>{let d=new AbortController;return fetch(`/api/map/${t}/points`,{signal:d.signal}).then(g=>g.arrayBuffer()).then(g=>{let v=e.points;s({x:new Float32Array(g,0,v),y:new Float32Array(g,4*v,v),category:new Uint8Array(g,8*v,v)})}).catch(g=>d.signal.aborted||u(g.message)),()=>d.abort()},[t,e.points]),ye(()=>{let d=()=>c(Zr()),g=new MutationObserver(d);g.observe(document.documentElement,{attributes:!0,attributeFilter:["data-theme"]});let v=matchMedia("(prefers-color-scheme: dark)");return v.addEventListener("change",d),()=>{g.disconnect(),v.removeEventListener("change",d)}},[]);let h=pi(()=>l?Gf(l):null,[l]);return ye(()=>{if(!i.current||!l||!h)return;let d=i.current,g=Ma(e.clusters.length,f),v=f?"#2c3336":"#e4e1d8",m={data:l,customTooltip:{class:Jr,props:{which:t,names:e.clusters.map(_=>_.name)}},categoryColors:g.map((_,y)=>n===null||n===y?_:v),labels:e.clusters.map(_=>({x:_.x,y:_.y,content:_.name,priority:_.size,level:0})),width:d.clientWidth,height:d.clientHeight,config:{colorScheme:f?"dark":"light",mode:"points",autoLabelEnabled:!1},theme:{statusBar:!1,brandingLink:null,fontFamily:"system-ui, sans-serif"},querySelection:async(_,y,w)=>h(_,y,12*w),onSelection:_=>{let y=_?.[0]?.identifier;y===void 0?r(null):nr(`/api/map/${t}/points/${String(y)}`).then(r,()=>r(null))}};a.current?a.current.update(m):a.current=new Kr(d,{...m,viewportState:Nf(l,d)});let b=new ResizeObserver(()=>a.current?.update({width:d.clientWidth,height:d.clientHeight}));return b.observe(d),()=>b.disconnect()},[l,h,f,n]),ye(()=>()=>a.current?.destroy(),[]),o?$(rr,{children:o}):$(tr,{children:[$("div",{class:"map",ref:i,role:"application","aria-label":`Map of ${Je(e.points)} ${t==="images"?"pictures":"documents"}; clusters are listed beside it`}),$("p",{class:"aside",children:[Je(e.points)," ",t==="images"?"pictures, by their pixels":"documents, by their texts",". Drag to move, scroll to zoom, click a point to see what it is."]})]})}var Jr=class{constructor(e,n){this.node=e;e.className="hint",this.update(n)}node;asked=null;update({tooltip:e,which:n,names:r}){let i=e.identifier;if(i===this.asked)return;this.asked=i;let a=r[e.category??0]??"";this.node.textContent=a,nr(`/api/map/${n}/points/${String(i)}`).then(l=>{i===this.asked&&(this.node.textContent=l.caption||l.name||a)},()=>{})}};function Nf({x:t,y:e},{clientWidth:n,clientHeight:r}){let[i,a]=Aa(t),[l,s]=Aa(e),o=Math.max(n,r),u=Math.min(n/o/(a-i),r/o/(s-l));return{x:(i+a)/2,y:(l+s)/2,scale:1.8*u}}function Aa(t){let[e,n]=[1/0,-1/0];for(let r of t)[e,n]=[Math.min(e,r),Math.max(n,r)];return n>e?[e,n]:[e-1,e+1]}function Gf(t){let n=i=>Math.max(0,Math.min(127,Math.floor((i+1)/2*128))),r=new Map;for(let i=0;i<t.x.length;i++){let a=n(t.x[i])*128+n(t.y[i]),l=r.get(a);l?l.push(i):r.set(a,[i])}return(i,a,l)=>{let s=l*l,o=null;for(let u=n(i-l);u<=n(i+l);u++)for(let f=n(a-l);f<=n(a+l);f++)for(let c of r.get(u*128+f)??[]){let h=(t.x[c]-i)**2+(t.y[c]-a)**2;h<s&&([s,o]=[h,c])}return o===null?null:{x:t.x[o],y:t.y[o],category:t.category[o],identifier:o}}}function Of({point:t,which:e,name:n,onClose:r}){return $("div",{class:"card",role:"status",children:[$("button",{type:"button",class:"quiet","aria-label":"Close",onClick:r,children:"×"}),e==="images"&&t.image_id&&$("img",{src:vi(t.image_id,384),alt:t.text??""}),$("p",{class:"row-name",children:$("a",{href:`/documents/${t.doc_id}${t.position!=null?`?at=${t.position}`:""}`,children:t.caption||t.name||t.doc_id})}),$("p",{class:"row-path",children:[t.source,t.section&&$(tr,{children:[" · ",t.section]})," · ",n]}),t.faces&&t.faces.length>0&&$("p",{class:"faces",children:t.faces.map(i=>$(yi,{id:i},i))}),t.image_id&&$("p",{children:$("a",{class:"button",href:`/search?image=${t.image_id}`,children:"More like this"})})]})}export{Ac as MapView};
