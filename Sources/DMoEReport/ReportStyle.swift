/// The style sheet of pages. Colors are those of Okabe and Ito, told apart by all kinds of color vision.
package enum ReportStyle {
  /// The style sheet of every report; a report with shapes of its own adds to it.
  package static let sheet: StaticString = """
    :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#16202b;--soft:#566373;--line:#dfe4ea;--grid:#e8ecf0;
    --blue:#0072b2;--orange:#c65100;--green:#00805c;--gray:#7d8894;--on-blue:#fff;--faint:.28}
    @media (prefers-color-scheme:dark){:root{--page:#10151b;--card:#19212a;--ink:#e9eef3;--soft:#9eacba;--line:#2c3845;
    --grid:#26313c;--blue:#56b4e9;--orange:#f0a030;--green:#2fc29a;--gray:#8d9aa8;--on-blue:#0b1218;--faint:.42}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
    "Noto Sans","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}
    main{max-width:1120px;margin:0 auto;padding:28px 20px 60px}
    h1{font-size:26px;line-height:1.2;margin:0 0 14px;overflow-wrap:anywhere}
    h2{font-size:19px;margin:36px 0 4px}h3{font-size:14px;margin:0 0 2px}h4{font-size:12px;margin:0;font-weight:600}
    p{margin:0 0 12px}.note{color:var(--soft);font-size:13px;max-width:78ch}
    .facts{display:flex;flex-wrap:wrap;gap:6px 28px;margin:0;padding:0}
    .facts div{min-width:0}.facts dt{font-size:12px;color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
    .card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:12px 0 0}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0}
    .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
    .tile b{display:block;font-size:25px;line-height:1.3;font-weight:650;white-space:nowrap}.tile.main b{color:var(--blue)}
    .tile span{display:block;white-space:pre-line;font-size:12px;color:var(--soft)}
    .cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:22px 30px}
    .minis{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px 18px;margin-top:14px}
    .experts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,240px),1fr));gap:18px 26px;
    margin-top:20px;padding-top:16px;border-top:1px solid var(--line)}
    .heading{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 16px;margin:0 0 12px}
    .heading h3{font-size:17px;margin:0}.heading p{margin:0}
    figure{margin:0;min-width:0}figcaption{font-size:12px;color:var(--soft);margin:0 0 4px}
    svg{display:block}svg text{fill:var(--soft);font-size:11px}
    .plot{overflow:visible;width:calc(100% - 46px);margin:8px 6px 24px 40px}.plot.small{margin-bottom:6px}
    .minis .plot{width:calc(100% - 54px);margin-left:48px;margin-right:6px}
    .plot.heat{width:calc(100% - 130px);margin:4px 10px 72px 120px}
    .grid{stroke:var(--grid)}.level{stroke:var(--gray);stroke-dasharray:4 3}
    .tick.up{text-anchor:end}.tick.across{text-anchor:middle}
    .curve{fill:none;stroke-linejoin:round;stroke-linecap:round}
    .curve.raw{stroke:var(--blue);stroke-width:1;opacity:var(--faint)}.curve.smooth{stroke:var(--blue);stroke-width:2}
    .curve.plain{stroke:var(--soft);stroke-width:1.4}.curve.validation{stroke:var(--orange);stroke-width:1.3}
    .dot.validation{fill:var(--orange);stroke:var(--card)}.ring{fill:none;stroke:var(--green);stroke-width:2}
    svg text.mark{fill:var(--green);font-weight:600;stroke:var(--card);stroke-width:3px;paint-order:stroke}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12px;color:var(--soft);margin:0 0 10px}
    .key{display:inline-flex;align-items:center;gap:5px}
    .shape.dot{fill:var(--blue);stroke:var(--card)}.shape.ring{fill:var(--card);stroke:var(--gray);stroke-width:2}
    .shape.square{fill:var(--green)}.shape.diamond{fill:var(--orange);stroke:var(--card)}
    .interval{stroke-width:2.4;stroke-linecap:round}.interval.dot{stroke:var(--blue);opacity:.55}
    .interval.ring{stroke:var(--gray);opacity:.7}.interval.square{stroke:var(--green);opacity:.6}
    .interval.diamond{stroke:var(--orange);opacity:.6}
    .dotrow{display:grid;grid-template-columns:210px minmax(0,1fr) 66px;gap:0 14px;align-items:center;padding:3px 0}
    .dotrow .label{overflow-wrap:anywhere;line-height:1.25}.dotrow small{color:var(--soft);display:block;font-size:12px}
    .dotrow .value{text-align:right;font-weight:600;white-space:nowrap}.dotrow.total .label{font-weight:650}.dotrow small{font-weight:400}
    .dotrow.total{padding-bottom:4px;margin-bottom:4px;border-bottom:1px solid var(--line)}
    .track{overflow:visible}.dots .track{width:calc(100% - 32px);margin:0 16px}
    .cell{fill:var(--blue);stroke:var(--card);stroke-width:2}
    svg text.count{text-anchor:middle;fill:var(--ink);font-size:12px}svg text.count.strong{fill:var(--on-blue);
    font-weight:600}svg text.count.none{fill:var(--gray)}
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;min-width:100%}
    th,td{padding:5px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
    th{color:var(--soft);font-weight:600;font-size:12px}th:first-child,td:first-child{text-align:left;padding-left:0}
    .text{text-align:left}td.text{white-space:normal;min-width:14ch}
    tbody tr:last-child td{border-bottom:0}
    .phase{font-weight:500}.good{color:var(--green)}
    details{margin:10px 0 0}summary{cursor:pointer;font-size:13px;color:var(--soft)}
    details .scroll{max-height:420px;overflow:auto;margin-top:8px}
    footer{margin-top:36px;color:var(--soft);font-size:12px}
    @media (max-width:640px){main{padding:18px 12px 40px}.card{padding:14px}h1{font-size:22px}
    .dotrow{grid-template-columns:minmax(0,1fr) auto;margin-bottom:8px}.dotrow .track{grid-column:1/-1;grid-row:2}
    .dotrow.axis{margin:0}.dotrow small{display:inline;margin-left:8px}.dotrow .value{font-size:14px}
    .tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tile b{font-size:22px}
    .plot.heat{width:calc(100% - 102px);margin-left:96px;margin-right:6px}}
    @media print{:root{--page:#fff}body{font-size:12px}main{max-width:none;padding:0}
    .card,.tile,figure,tr{break-inside:avoid}h2,.heading{break-after:avoid}details:not([open]){display:none}}
    """
}
