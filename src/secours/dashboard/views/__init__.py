"""Pages, one a file: each draws its data, and holds no rule.

Not named `pages`: Streamlit would make a page of every file in such a folder.
"""
