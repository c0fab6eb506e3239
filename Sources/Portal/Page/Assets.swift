/// The two files that pages load; everything is served by us, nothing comes from elsewhere.
enum Assets {
    static let style = """
        :root{--ink:#14212b;--soft:#5b6b77;--line:#d7dee3;--paper:#fff;--back:#f3f6f8;--up:#0b7285;
        --down:#e8590c;--good:#2b8a3e;--bad:#c92a2a;--freq:#5f3dc4}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf2;--soft:#93a4b0;--line:#2b3942;--paper:#18232b;
        --back:#0f171d;--up:#3bc9db;--down:#ff922b;--good:#69db7c;--bad:#ff8787;--freq:#b197fc}}
        *{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
        header{display:flex;gap:1.5rem;align-items:center;flex-wrap:wrap;padding:.7rem 1.5rem;background:var(--paper);
        border-bottom:1px solid var(--line)}.brand{font-weight:700;font-size:1.15rem;color:var(--up);text-decoration:none}
        nav{display:flex;gap:1rem;flex:1}nav a,main a{color:var(--up)}.who{display:flex;gap:.6rem;align-items:center}
        main{max-width:72rem;margin:0 auto;padding:1rem 1.5rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.8rem}
        .tile{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}
        .tile b{display:block;font-weight:500;color:var(--soft);font-size:.85rem}
        .value{font-size:1.5rem;font-variant-numeric:tabular-nums}.tile i{display:block;color:var(--soft);font-size:.8rem;
        font-style:normal}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--paper);
        font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
        th{color:var(--soft);font-weight:500;font-size:.85rem}.n{display:block;text-align:right}.good{color:var(--good)}
        .bad{color:var(--bad)}.empty{color:var(--soft)}footer{max-width:72rem;margin:0 auto;padding:1rem 1.5rem;
        color:var(--soft);font-size:.85rem}.plot{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;
        padding:.5rem}.plot svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:11px}
        svg .grid{stroke:var(--line)}svg .requested{stroke:var(--down);fill:none;stroke-width:1.6}
        svg .delivered{stroke:var(--up);fill:none;stroke-width:2}svg .frequency{stroke:var(--freq);fill:none;stroke-width:1.6}
        .key span{margin-right:1.2rem}.key i{display:inline-block;width:1.2rem;height:.2rem;vertical-align:middle;
        margin-right:.4rem}button{font:inherit;padding:.3rem .8rem;border-radius:.4rem;border:1px solid var(--line);
        background:var(--back);color:var(--ink);cursor:pointer}button.stop{background:var(--bad);color:#fff;border:0}
        form.login{max-width:22rem;display:grid;gap:.6rem;background:var(--paper);padding:1.2rem;border-radius:.5rem;
        border:1px solid var(--line)}input{font:inherit;padding:.4rem;border:1px solid var(--line);border-radius:.4rem;
        background:var(--back);color:var(--ink);width:100%}input[type=hidden]{display:none}
        """

    /// Refreshes what has an id of the same name, and the plot, from server-sent events.
    static let script = """
        const source=new EventSource('/events');
        source.addEventListener('live',event=>{const data=JSON.parse(event.data);
        for(const id in data.values){const node=document.getElementById(id);if(node)node.textContent=data.values[id]}
        const plot=document.getElementById('plot');if(plot&&data.plot)plot.innerHTML=data.plot});
        """
}
