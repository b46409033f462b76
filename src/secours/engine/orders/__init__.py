"""The province's word: taken in by a site, and handed down by the province."""
