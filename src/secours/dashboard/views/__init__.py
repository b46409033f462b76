"""One page a file: each draws what it is given, and holds no rule.

Not called `pages`: Streamlit would make a page of every file in a folder of that name.
"""
