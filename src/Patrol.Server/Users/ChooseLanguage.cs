using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Users;

/// <summary>Keeps the language in which somebody wants to be written to; theirs alone to choose.</summary>
internal sealed class ChooseLanguage(Database database)
{
    public Task Handle(Caller caller, string code) => database.Write(async scope =>
    {
        await scope.Execute("UPDATE users SET preferred_language = @code WHERE id = @Id", new { code, caller.User.Id });
        scope.Changes.Users.Add(caller.User.Id);
    });
}
