/**
 * What templates print: a table for every construct. What Go's text/template
 * prints of the same was compared where it knows it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { render } from "./testing.ts";
import { type Fields, View } from "./value.ts";

const CONTAINER = {
  Name: "web",
  ID: "0123456789abcdef",
  Count: 3,
  Zero: 0,
  Up: true,
  Down: false,
  Load: 1.5,
  Text: "",
  Uni: "héllo",
  Nil: null,
  Absent: undefined,
  Labels: { tier: "front", "a.b": "x y" },
  List: ["b", "a", "c"],
  Empty: [],
  Nums: [1, 2, 30],
  Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] },
  Config: { Image: "busybox", Cmd: ["sh", "-c", "a<b"] },
  NetworkSettings: {
    Networks: {
      front: { IPAddress: "10.0.0.2" },
      back: { IPAddress: "10.1.0.2" },
    },
  },
};

const FIELDS: Fields<typeof CONTAINER> = {
  Label: ({ Labels }) => (key: string) =>
    (Labels as Record<string, string>)[key] ?? "",
  State: () => "running",
};

const SHAPE = { maps: ["labels"], optional: ["exitCode"] };

const CASES: Record<string, readonly (readonly [string, string])[]> = {
  "text, trimming and comments": [
    ["plain", "plain"],
    ["a\\tb\\n{{.Name}}", "a\tb\nweb"],
    ["a {{- .Name -}} b", "awebb"],
    ["a {{ .Name }} b", "a web b"],
    ["a\\t{{- .Name}}", "aweb"],
    ["x{{/* a }} comment */}}y", "xy"],
    ["x {{- /* c */ -}} y", "xy"],
    ["{{.Name\n}}", "web"],
    ["{{- -3 -}}", "-3"],
    ['{{print "}}"}}{{"{{"}}', "}}{{"],
  ],
  "fields, case and variables": [
    ["{{.Name}} {{.name}} {{.NAME}}", "web web web"],
    [
      "{{.Config.Image}} {{(.Config).Image}} {{$.Config.Image}}",
      "busybox busybox busybox",
    ],
    ["{{.State}}", "running"],
    ['{{.Label "tier"}}|{{.Label "none"}}|{{"tier" | .Label}}', "front||front"],
    ["{{.Labels.tier}} {{.Labels.none}}", "front <no value>"],
    [
      "{{.Absent}} {{.Absent.Deeper}} {{.exitcode}} {{.Nil}}",
      "<no value> <no value> <no value> <nil>",
    ],
    ["{{$x := .Name}}{{$x}}", "web"],
    ["{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{end}}{{$x}}", "2"],
    ["{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"],
    ["{{$x := .Config}}{{$x.Image}}", "busybox"],
  ],
  "values": [
    [
      "{{.Labels}} {{.List}} {{.Empty}} {{.Up}}",
      "map[a.b:x y tier:front] [b a c] [] true",
    ],
    ["{{.Count}} {{.Load}} {{print nil}}", "3 1.5 <nil>"],
    [
      "{{1_000}} {{0x1F}} {{0b11}} {{017}} {{-5}} {{.5}} {{1e3}} {{1e100}}",
      "1000 31 3 15 -5 0.5 1000 1e+100",
    ],
    ["{{0.00001}} {{1234567.5}} {{2.5e-7}}", "1e-05 1.2345675e+06 2.5e-07"],
    [
      "{{\"a\\tb\\x41\\u00e9\\101\"}} {{`raw\\n`}} {{'a'}}",
      "a\tbAéA raw\\n 97",
    ],
  ],
  "pipelines": [
    ['{{.Name | printf "%s-%s" "a" | upper}}', "A-WEB"],
    ["{{.Name|upper|lower}}", "web"],
    ["{{print (print 1) (print 2)}}", "12"],
  ],
  "conditions": [
    ["{{if .Up}}y{{else}}n{{end}}", "y"],
    ["{{if .Zero}}1{{else if .Down}}2{{else if .Name}}3{{else}}4{{end}}", "3"],
    ["{{if .Empty}}y{{end}}{{if .Text}}y{{end}}{{if .Nil}}y{{end}}", ""],
    ["{{if not .Text}}y{{end}}", "y"],
    ["{{and .Up .Zero .Name}}|{{or .Zero .Text .Name}}|{{and 1}}", "0|web|1"],
    ["{{or .Up (index .List 99)}}", "true"],
    ['{{eq .Name "web"}}{{eq .Name "a" "web"}}{{ne 1 2}}', "truetruetrue"],
    ['{{lt 1 2}}{{le "a" "a"}}{{gt 2.5 1.5}}{{ge 1 2}}', "truetruetruefalse"],
    ["{{eq .Nil nil}}{{eq .Name nil}}", "truefalse"],
    ["{{if $x := .Name}}{{$x}}{{end}}", "web"],
  ],
  "range": [
    ["{{range .List}}[{{.}}]{{end}}", "[b][a][c]"],
    ["{{range $i, $e := .List}}{{if $i}}, {{end}}{{$e}}{{end}}", "b, a, c"],
    ["{{range $e := .List}}{{$e}}{{$.Name}}{{end}}", "bwebawebcweb"],
    ["{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "a.b=x y;tier=front;"],
    ["{{range .Empty}}x{{else}}none{{end}}", "none"],
    ["{{range .Nil}}x{{else}}none{{end}}", "none"],
    ['{{range .List}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', "bc"],
    [
      '{{range .List}}{{if eq . "a"}}{{break}}{{end}}{{.}}{{end}}{{.Name}}',
      "bweb",
    ],
    ["{{range .List}}{{with .}}{{break}}{{end}}x{{end}}{{.Name}}", "web"],
    ["{{$k := 0}}{{range $k = .Nums}}{{end}}{{$k}}", "30"],
  ],
  "with": [
    ["{{with .Config}}{{.Image}}{{end}}{{.Name}}", "busyboxweb"],
    ["{{with .Text}}x{{else}}{{.Name}}{{end}}", "web"],
    ["{{with .Text}}x{{else with .Name}}{{.}}{{end}}", "web"],
    ["{{with $x := .Name}}{{$x}}{{.}}{{end}}", "webweb"],
  ],
  "functions of Go": [
    ["{{len .Name}} {{len .List}} {{len .Labels}} {{len .Uni}}", "3 3 2 6"],
    [
      '{{index .List 1}} {{index .Labels "tier"}}|{{index .Labels "no"}}|',
      "a front||",
    ],
    ['{{(index .Ports "80/tcp" 0).HostPort}}', "8080"],
    ["{{index .Name 0}}", "119"],
    [
      "{{slice .Name 1}} {{slice .Name 0 2}} {{slice .List 1 3}}",
      "eb we [a c]",
    ],
    [
      '{{print .Name .Count}} {{print 1 2}} {{print "a" 1 2 "b"}}',
      "web3 1 2 a1 2b",
    ],
    ['{{println .Name 1 "x"}}', "web 1 x\n"],
    [
      '{{printf "%v|%+v|%5d|%-5d|%05d|%x|%X|%t" .List .Nums 42 42 -4 255 255 true}}',
      "[b a c]|[1 2 30]|   42|42   |-0004|ff|FF|true",
    ],
    [
      '{{printf "%10s|%-10s|%.2s|%q|%x" .Name .Name .Name "a\\"b" .Name}}',
      '       web|web       |we|"a\\"b"|776562',
    ],
    [
      '{{printf "%5.1f|%e|%g|%08.3f|%6.2f%%" 3.14159 1234.5 0.5 -3.14159 .Load}}',
      "  3.1|1.234500e+03|0.5|-003.142|  1.50%",
    ],
    [
      '{{printf "%*d|%-*d|%+d|% d|%#x|%o|%b|%c|%U" 5 42 5 42 5 5 255 8 5 65 65}}',
      "   42|42   |+5| 5|0xff|10|101|A|U+0041",
    ],
    ['{{printf "%s %q" .List .List}}', '[b a c] ["b" "a" "c"]'],
  ],
  "functions of docker": [
    [
      "{{json .Labels}} {{json .List}} {{json .Name}} {{json nil}}",
      '{"a.b":"x y","tier":"front"} ["b","a","c"] "web" null',
    ],
    [
      '{{join .List ","}} {{split "a,b" ","}} {{join .Nums "+"}}',
      "b,a,c [a b] 1+2+30",
    ],
    [
      '{{title "hello big_wide o\'neil"}} {{lower "ABC"}} {{upper .Name}}',
      "Hello Big_wide O'Neil abc WEB",
    ],
    ['[{{pad .Name 1 2}}] [{{pad "" 1 2}}]', "[ web  ] []"],
    ["{{truncate .ID 12}} {{truncate .Name 12}}", "0123456789ab web"],
  ],
  "examples of docker's documentation": [
    ["{{.ID}}: {{.Name}}", "0123456789abcdef: web"],
    [
      "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
      "10.1.0.2 10.0.0.2 ",
    ],
    [
      "{{range $p, $conf := .Ports}}{{$p}} -> {{(index $conf 0).HostPort}}{{end}}",
      "80/tcp -> 8080",
    ],
    [
      '{{index (index .Ports "80/tcp") 0}}',
      "map[HostIp:0.0.0.0 HostPort:8080]",
    ],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"],
    ["{{json .Config}}", '{"Image":"busybox","Cmd":["sh","-c","a<b"]}'],
  ],
};

for (const [what, cases] of Object.entries(CASES)) {
  Deno.test(`a template prints ${what}`, () => {
    const item = new View(CONTAINER, FIELDS);
    const printed = cases.map(([text]) => [text, render(text, item, SHAPE)]);
    assert.deepEqual(printed, cases);
  });
}
