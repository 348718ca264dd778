namespace Patrol.Server.Notices;

/// <summary>English; the subjects are GitLab's.</summary>
internal sealed class EnglishLetterWords : LetterWords
{
    public override string Code => "en";

    public override string NoEnd => "never expires";

    public override string Subject(LetterAbout about, LetterTokens which, int days) => about switch
    {
        LetterAbout.Expiring => $"Your {Kind(which)} will expire in {Days(days)} or less",
        LetterAbout.Expired => $"Your {Kind(which)} have expired",
        LetterAbout.Created => "A new personal access token has been created",
        LetterAbout.Rotated => "Your personal access token has been rotated",
        LetterAbout.Renewed => "Your personal access token has been renewed",
        _ => "Your personal access token has been revoked",
    };

    public override string Greeting(string name) => $"Hi {name},";

    public override string Opening(LetterAbout about, LetterTokens which, int days, string server) => about switch
    {
        LetterAbout.Expiring => $"These access tokens on {server} will expire in {Days(days)} or less:",
        LetterAbout.Expired => $"These access tokens on {server} have expired and work no more:",
        LetterAbout.Created => $"A new personal access token for your account has been created on {server}:",
        LetterAbout.Rotated => $"Your personal access token on {server} has been rotated. The old one works no more; the new one is:",
        LetterAbout.Renewed => $"Your personal access token on {server} has been renewed. The old one works on for the time that was chosen, and is then revoked by itself; the new one is:",
        _ => $"These personal access tokens of yours on {server} have been revoked and work no more:",
    };

    public override string Heading(bool own) => own ? "Your personal access tokens:" : "Tokens of projects and groups that you look after:";

    public override string Of(bool isGroup, string path) => $" of the {(isGroup ? "group" : "project")} {path}";

    public override string Ends(string instant) => $"expires {instant}";

    public override string Aside(string text) => $" ({text})";

    public override string More(int count) => $"and {count} more.";

    public override string Advice(LetterAbout about) => about switch
    {
        LetterAbout.Expiring => "Renew or replace each of them where it is used before it ends. Those that nobody uses any more need nothing.",
        LetterAbout.Expired => "If something still needs one of them, make a new token and put it in its place.",
        _ => "If you did not expect this, change your password, look through your tokens and tell your administrator.",
    };

    public override string Closing(string server) => $"This mail was sent by the token authority at {server}.";

    private static string Kind(LetterTokens which) => which switch
    {
        LetterTokens.Own => "personal access tokens",
        LetterTokens.Shared => "resource access tokens",
        _ => "access tokens",
    };

    private static string Days(int days) => days == 1 ? "1 day" : $"{days} days";
}
