using Patrol.Core.Results;

namespace Patrol.Core.Directory;

/// <summary>What an account must have, besides a user name (<see cref="PathRules"/>) and a name.</summary>
public static class AccountRules
{
    /// <summary>The shortest password, in characters.</summary>
    public const int MinimumPassword = 8;

    /// <summary>The longest password, in characters; GitLab's.</summary>
    public const int MaximumPassword = 128;

    private const int MaximumEmail = 255;

    /// <summary>Checks an e-mail address: what mail servers would refuse anyway is refused here, and no more.</summary>
    public static Result<string> CheckEmail(string email)
    {
        if (string.IsNullOrWhiteSpace(email))
            return new Refusal.Invalid("email", "can't be blank");
        var at = email.IndexOf('@');
        var good = at > 0 && at < email.Length - 1 && email.IndexOf('@', at + 1) < 0 && email.Length <= MaximumEmail &&
            !email.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';');
        return good ? email : new Refusal.Invalid("email", "is invalid");
    }

    /// <summary>Checks a password that somebody chose.</summary>
    public static Result<string> CheckPassword(string password) => password.Length switch
    {
        < MinimumPassword => new Refusal.Invalid("password", $"is too short (minimum is {MinimumPassword} characters)"),
        > MaximumPassword => new Refusal.Invalid("password", $"is too long (maximum is {MaximumPassword} characters)"),
        _ => password,
    };
}
