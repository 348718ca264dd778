namespace Patrol.Server.Notices;

/// <summary>Whose tokens a letter is about.</summary>
internal enum LetterTokens
{
    /// <summary>The reader's own.</summary>
    Own,

    /// <summary>Those of projects and groups.</summary>
    Shared,

    Both,
}

/// <summary>What letters say in one language.</summary>
internal abstract class LetterWords
{
    /// <summary>The language's code, as in HTML.</summary>
    public abstract string Code { get; }

    public abstract string NoEnd { get; }

    /// <summary>The words for a user's preferred language; English for all that letters are not written in.</summary>
    public static LetterWords For(string language) => language.Split('_', '-')[0] == "ja" ? new JapaneseLetterWords() : new EnglishLetterWords();

    public abstract string Subject(LetterAbout about, LetterTokens which, int days);

    public abstract string Greeting(string name);

    public abstract string Opening(LetterAbout about, LetterTokens which, int days, string server);

    public abstract string Heading(bool own);

    public abstract string Of(bool isGroup, string path);

    public abstract string Ends(string instant);

    public abstract string Aside(string text);

    public abstract string More(int count);

    public abstract string Advice(LetterAbout about);

    public abstract string Closing(string server);
}
