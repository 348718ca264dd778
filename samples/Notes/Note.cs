namespace Notes;

internal sealed record NewNote(string Text);

internal sealed record Note(string Author, string Text);
