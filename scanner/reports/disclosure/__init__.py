"""The disclosure report: counts that can be published, and nothing that would help somebody break in.

`counts` turns a report into numbers by building, maker, kind, list and capability; `withholding` takes back small
numbers together with those from which they could be worked out; `content` puts both into dry words, as blocks
that a writer of HTML or DOCX prints one by one. Only what `counts` lets through reaches the blocks: names of
makers from our own table, names of buildings and of the site in the operator's words, lists, numbers, days.
Addresses, serials, firmware, models, names, MACs and sources of the run are never looked at.
"""
