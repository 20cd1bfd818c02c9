"""The HTML report: what stands in it (one file a part), its template, style and script, put together by `writing`.

The parts are plain records that the template reads: nothing in them is markup, and every string of a stranger has
passed `phrases.plain`. The template escapes whatever it is given; the script puts text into the page as text only.
"""
