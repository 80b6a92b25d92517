enum RelayJournalRoom {}
