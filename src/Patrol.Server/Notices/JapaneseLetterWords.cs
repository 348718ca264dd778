namespace Patrol.Server.Notices;

/// <summary>Japanese.</summary>
internal sealed class JapaneseLetterWords : LetterWords
{
    public override string Code => "ja";

    public override string NoEnd => "有効期限なし";

    public override string Subject(LetterAbout about, LetterTokens which, int days) => about switch
    {
        LetterAbout.Expiring => $"{Kind(which)}の有効期限が {days} 日以内に切れます",
        LetterAbout.Expired => $"{Kind(which)}の有効期限が切れました",
        LetterAbout.Created => "新しいパーソナルアクセストークンが作成されました",
        LetterAbout.Rotated => "パーソナルアクセストークンがローテーションされました",
        LetterAbout.Renewed => "パーソナルアクセストークンが更新されました",
        _ => "パーソナルアクセストークンが取り消されました",
    };

    public override string Greeting(string name) => $"{name} 様";

    public override string Opening(LetterAbout about, LetterTokens which, int days, string server) => about switch
    {
        LetterAbout.Expiring => $"{server} の次のアクセストークンは、{days} 日以内に有効期限が切れます。",
        LetterAbout.Expired => $"{server} の次のアクセストークンは有効期限が切れ、使えなくなりました。",
        LetterAbout.Created => $"{server} のあなたのアカウントに、新しいパーソナルアクセストークンが作成されました。",
        LetterAbout.Rotated => $"{server} のあなたのパーソナルアクセストークンがローテーションされました。古いトークンはもう使えません。新しいトークンは次のとおりです。",
        LetterAbout.Renewed => $"{server} のあなたのパーソナルアクセストークンが更新されました。古いトークンは、選ばれた期間が過ぎるまで使え、その後自動的に取り消されます。新しいトークンは次のとおりです。",
        _ => $"{server} のあなたの次のパーソナルアクセストークンが取り消され、使えなくなりました。",
    };

    public override string Heading(bool own) => own ? "あなたのパーソナルアクセストークン:" : "あなたが管理するプロジェクトとグループのトークン:";

    public override string Of(bool isGroup, string path) => $"、{(isGroup ? "グループ" : "プロジェクト")} {path}";

    public override string Ends(string instant) => $"有効期限 {instant}";

    public override string Aside(string text) => $"({text})";

    public override string More(int count) => $"ほか {count} 件";

    public override string Advice(LetterAbout about) => about switch
    {
        LetterAbout.Expiring => "期限が切れる前に、使っている場所でトークンを更新するか、新しいものに置き換えてください。もう使っていないトークンについては、何もする必要はありません。",
        LetterAbout.Expired => "まだ必要な場合は、新しいトークンを作成して置き換えてください。",
        _ => "お心当たりがない場合は、パスワードを変更し、トークンの一覧を確認して、管理者に連絡してください。",
    };

    public override string Closing(string server) => $"このメールは {server} のトークン管理サーバーから送信されました。";

    private static string Kind(LetterTokens which) => which switch
    {
        LetterTokens.Own => "パーソナルアクセストークン",
        LetterTokens.Shared => "プロジェクトとグループのアクセストークン",
        _ => "アクセストークン",
    };
}
